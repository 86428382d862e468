import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addNodes } from '#libs/graph';
import type { AgentContext } from '../agent.js';
import { defineAgent } from '../agent.js';
import { FatalError, RetryableError } from '../errors.js';
import { defineGraphEditTool } from '../tool.js';
import { createAgentTest } from './agent-test.js';
import { answeringModel } from './answering-model.js';

function testOf(run: (context: AgentContext) => Promise<void>) {
  return createAgentTest({ agents: [defineAgent('probe', { run })] });
}

/** An agent with this many steps that records which it has executed. */
function stepping(count: number) {
  const executed: number[] = [];
  const test = testOf(async (context) => {
    for (let n = 1; n <= count; n++) await context.step('step', () => executed.push(n));
  });
  return { executed, run: test.submit('Go') };
}

describe('a run of a test', () => {
  it('goes on behind the steps that were stored when its worker crashed, and the next is told of it', async () => {
    const { run, executed } = stepping(5);
    await run.crashAfter(3);
    expect(run.status).toBe('RUNNING');
    expect(executed).toEqual([1, 2, 3]);
    expect(await run.execute()).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual([1, 2, 3, 4, 5]);
    expect(run.streamed).toContainEqual(expect.objectContaining({ type: 'attempt-failed', cause: 'KILLED' }));
  });

  it('executes a step again whose worker died with the result in its hands', async () => {
    const { run, executed } = stepping(2);
    await run.crashWhileStoring('step');
    await run.execute();
    expect(executed).toEqual([1, 1, 2]);
  });

  it('says so when it does not get as far as it was to crash', async () => {
    const { run } = stepping(2);
    await expect(run.crashAfter(3)).rejects.toThrow('did not crash after 3 stored steps');
  });

  it('fails when it crashes three times without a step', async () => {
    const { run } = stepping(1);
    for (let crash = 1; crash <= 3; crash++) await run.crashWhileStoring('step');
    await run.execute();
    expect(run.error?.code).toBe('ATTEMPTS_EXHAUSTED');
  });

  it('is queued when its worker shuts down, and loses nothing', async () => {
    const { run, executed } = stepping(4);
    expect(await run.handBackAfter(2)).toEqual({ kind: 'released', attempts: 1 });
    expect(run.status).toBe('QUEUED');
    await run.execute();
    expect(executed).toEqual([1, 2, 3, 4]);
  });

  it('waits for nothing between the tries of a step', async () => {
    let tries = 0;
    const test = testOf(async (context) => {
      await context.step('shaky', () => {
        if (++tries < 4) throw new RetryableError('STEP_FAILED', { retryAfterMs: 60_000 });
        return null;
      });
    });
    const began = test.clock.now().getTime();
    const run = test.submit('Go');
    await run.execute();
    expect(run.steps).toMatchObject([{ name: 'shaky', status: 'SUCCEEDED', tries: { length: 4 } }]);
    expect(test.clock.now().getTime() - began).toBe(180_000);
  });

  it('is retried from the step that failed it', async () => {
    let isBroken = true;
    const executed: string[] = [];
    const test = testOf(async (context) => {
      await context.step('good', () => executed.push('good'));
      await context.step('fragile', () => {
        executed.push('fragile');
        if (isBroken) throw new FatalError('STEP_FAILED', 'Closed.');
        return null;
      });
    });
    const run = test.submit('Go');
    await run.execute();
    expect(run.error).toMatchObject({ code: 'STEP_FAILED', message: 'Closed.' });
    isBroken = false;
    run.retry();
    await run.execute();
    expect(run.status).toBe('SUCCEEDED');
    expect(executed).toEqual(['good', 'fragile', 'fragile']);
    expect(() => run.retry()).toThrow('cannot be retried');
  });

  it('is canceled under the hands of its worker', async () => {
    const test = testOf(async (context) => {
      await context.step('before', () => {
        run.cancel();
        return null;
      });
      await context.step('never', () => null);
    });
    const run = test.submit('Go');
    expect(await run.execute()).toEqual({ kind: 'fenced' });
    expect(run.status).toBe('CANCELED');
    expect(run.steps.map(({ name, status }) => [name, status])).toEqual([['before', 'CANCELED']]);
    expect(run.streamed.at(-1)).toMatchObject({ type: 'status', runStatus: 'CANCELED', terminal: true });
  });

  it('takes an answer that fits, once', async () => {
    const seen: unknown[] = [];
    const test = testOf(async (context) => {
      seen.push(await context.hook('approve', { schema: z.object({ approved: z.boolean() }), timeout: '1h' }));
    });
    const run = test.submit('Go');
    await run.execute();
    expect(() => run.answer('approve', { approved: 'perhaps' })).toThrow('does not fit');
    expect(() => run.answer('other', {})).toThrow('has asked for no "other"');
    run.answer('approve', { approved: true });
    expect(() => run.answer('approve', { approved: false })).toThrow('takes no answer');
    await run.execute();
    expect(seen).toEqual([{ approved: true }]);
    const hooks = run.streamed.flatMap((event) => (event.type === 'hook' ? [event.hook.status] : []));
    expect(hooks).toEqual(['WAITING', 'RESOLVED']);
  });

  it('fails when a replay takes another path', async () => {
    const names = ['first', 'another'];
    const test = testOf(async (context) => {
      await context.step(names.shift() ?? '', () => null);
      await context.step('second', () => null);
    });
    const run = test.submit('Go');
    await run.crashAfter(2);
    await run.execute();
    expect(run.error).toMatchObject({ code: 'NON_DETERMINISTIC', message: expect.stringContaining('"first"') });
  });

  it('keeps what tools have made of the graph', async () => {
    const model = answeringModel({ call: 'add' }, 'Done.');
    const seen: number[] = [];
    const add = defineGraphEditTool({
      description: 'Adds a trigger.',
      inputSchema: z.object({}),
      edit: (_input, graph) => {
        const edited = addNodes(graph, [{ id: 'start', type: 'trigger.manual', label: 'Start' }]);
        return { ...edited, issues: [], output: null };
      },
    });
    const test = testOf(async (context) => {
      const messages = [{ role: 'user' as const, content: context.prompt }];
      seen.push((await context.graph()).nodes.length);
      await context.generate({ model, instructions: '', messages, tools: { add }, maxSteps: 2 });
      seen.push((await context.graph()).nodes.length);
    });
    const run = test.submit('Go');
    await run.execute();
    expect(run.graph.nodes.map(({ id }) => id)).toEqual(['start']);
    expect(seen).toEqual([0, 1]);
    expect(run.message.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
  });
});
