import type { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, AttemptStopped, defineFunctionTool, type GenerateRound } from '#libs/engine';
import { answeringModel } from '#libs/engine/testing';
import { memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

const inputSchema = z.object({});
const tool = (executed: string[], name: string, afterwards?: () => void) =>
  defineFunctionTool({
    description: `The tool ${name}.`,
    inputSchema,
    execute: async () => {
      executed.push(name);
      afterwards?.();
      return { from: name };
    },
  });

/** What the model was asked, one entry for each request. */
function requestsOf({ doStreamCalls }: MockLanguageModelV4) {
  return doStreamCalls.map(({ prompt, tools }) => ({
    instructions: prompt.find((message) => message.role === 'system')?.content,
    roles: prompt.filter((message) => message.role !== 'system').map((message) => message.role),
    firstText: JSON.stringify(prompt.find((message) => message.role === 'user')?.content),
    tools: (tools ?? []).map((offered) => offered.name),
  }));
}

describe('a round of the loop', () => {
  /** Looks around with one model, then writes with another: other instructions, messages and tools. */
  function rounds(writing: MockLanguageModelV4, afterWriting?: () => void) {
    const looking = answeringModel({ call: 'look' });
    const executed: string[] = [];
    const asked: GenerateRound[] = [];
    const results: unknown[] = [];
    const run = async (context: AgentContext) => {
      const result = await context.generate({
        model: looking,
        instructions: 'Look around.',
        messages: [{ role: 'user', content: context.prompt }],
        tools: { look: tool(executed, 'look') },
        maxSteps: 3,
        prepareStep: ({ round, messages }) => {
          asked.push({ round, messages: [...messages] });
          if (round === 0) return {};
          const shortened = { role: 'user' as const, content: 'In short: write.' };
          return {
            model: writing,
            instructions: `Write, round ${round}.`,
            messages: [shortened, ...messages.slice(1)],
            tools: { write: tool(executed, 'write', afterWriting) },
          };
        },
      });
      results.push(result);
    };
    return { run, looking, executed, asked, results };
  }

  it('is asked with the overrides of prepareStep, which hold for that round alone', async () => {
    const { runId } = await probe.submit('A long story.');
    const writing = answeringModel({ call: 'write' }, 'Written.');
    const { run, looking, executed, asked, results } = rounds(writing);
    expect(await probe.executorOf(run).execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });

    expect(requestsOf(looking)).toMatchObject([
      { instructions: 'Look around.', roles: ['user'], firstText: expect.stringContaining('long'), tools: ['look'] },
    ]);
    expect(requestsOf(writing)).toMatchObject([
      { instructions: 'Write, round 1.', roles: ['user', 'assistant', 'tool'], tools: ['write'] },
      { instructions: 'Write, round 2.', roles: ['user', 'assistant', 'tool', 'assistant', 'tool'], tools: ['write'] },
    ]);
    expect(requestsOf(writing).every((request) => request.firstText.includes('In short'))).toBe(true);
    expect(executed).toEqual(['look', 'write']);
    // What a round was shown instead does not change the conversation itself.
    expect(asked.map(({ round, messages }) => [round, messages.length])).toEqual([
      [0, 1],
      [1, 3],
      [2, 5],
    ]);
    expect(asked.every(({ messages }) => messages[0]?.content === 'A long story.')).toBe(true);
    expect(results).toMatchObject([{ text: 'Written.', messages: { length: 6, 0: { content: 'A long story.' } } }]);
  });

  it('is prepared again in a replay, from the same messages, and asks no model again', async () => {
    const { runId } = await probe.submit('A long story.');
    const stop = new AbortController();
    const first = rounds(answeringModel({ call: 'write' }), () => stop.abort(new AttemptStopped()));
    expect(await probe.executorOf(first.run).execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
    expect(first.asked.map(({ round }) => round)).toEqual([0, 1]);

    // Its first answer is stored; what it is still asked for is the end.
    const writing = answeringModel('Written.');
    const { run, looking, executed, asked, results } = rounds(writing);
    expect(await probe.executorOf(run).execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(JSON.stringify(asked.slice(0, 2))).toBe(JSON.stringify(first.asked));
    expect(looking.doStreamCalls).toEqual([]);
    expect(writing.doStreamCalls).toHaveLength(1);
    // Its step was not stored when the first attempt stopped.
    expect([first.executed, executed]).toEqual([['look', 'write'], ['write']]);
    expect(results).toMatchObject([{ text: 'Written.' }]);
  });

  it('that a replay prepares from other messages ends as NON_DETERMINISTIC', async () => {
    const { runId } = await probe.submit();
    const stop = new AbortController();
    const agent = (content: string, then?: () => void) => async (context: AgentContext) => {
      await context.generate({
        model: answeringModel({ call: 'look' }),
        instructions: '',
        messages: [],
        tools: { look: tool([], 'look', then) },
        maxSteps: 1,
        prepareStep: () => ({ messages: [{ role: 'user', content }] }),
      });
    };
    const first = agent('Monday', () => stop.abort(new AttemptStopped()));
    expect(await probe.executorOf(first).execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
    expect(await probe.executorOf(agent('Tuesday')).execute(runId, never())).toMatchObject({ status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('NON_DETERMINISTIC');
  });
});

describe('the number of the attempt', () => {
  it('is known to the agent, from 1, and grows with every delivery of the run', async () => {
    const { runId } = await probe.submit();
    const attempts: [number, number][] = [];
    let stop = new AbortController();
    const executor = probe.executorOf(async (context) => {
      await context.step('stored', () => null);
      await context.step('unfinished', ({ tryNumber }) => {
        attempts.push([context.attempt, tryNumber]);
        if (context.attempt < 3) stop.abort(new AttemptStopped());
        return null;
      });
    });
    for (const result of [
      { kind: 'released', attempts: 1 },
      { kind: 'released', attempts: 2 },
      { kind: 'finished', status: 'SUCCEEDED' },
    ]) {
      expect(await executor.execute(runId, stop.signal)).toEqual(result);
      stop = new AbortController();
    }
    expect(attempts).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect((await probe.runOf(runId)).attempts).toBe(3);
  });
});
