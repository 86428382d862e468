import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, uniquePrompt, untilEnded } from '../support/generations.ts';
import { GraphqlApi } from '../support/graphql-api.ts';
import { System } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, workers: 1, links: true });
});

afterAll(async () => {
  await system?.stop();
});

async function countRuns(): Promise<number> {
  const data = await system.api.data<{ runs: { nodes: unknown[] } }>('{ runs(first: 100) { nodes { id } } }');
  return data.runs.nodes.length;
}

describe('a prompt', () => {
  it('whose api is killed between commit and enqueue is delivered by the reconciler', async () => {
    system.links.apiRedis.stall();
    const { workflow, run, userErrors } = await system.api.submitPrompt({ prompt: uniquePrompt() });
    expect(userErrors).toEqual([]);
    await system.apiProcess.kill('SIGKILL');
    // What the api had written towards Redis is gone with it.
    system.links.apiRedis.cut();
    system.links.apiRedis.mend();
    const runId = run?.id ?? '';
    await system.apiProcess.start();
    await system.apiIsReady();
    expect(await untilEnded(system, [runId])).toMatchObject([{ status: 'SUCCEEDED', attempts: 1 }]);
    expect(system.workers.map((worker) => worker.output).join('')).toContain('run had no live job');
    await new PersistentSubscriber(system, { workflowId: workflow?.id ?? '', runId }).seesAll();
  });

  it('sent ten times at once under one key is one run', async () => {
    const before = await countRuns();
    const input = { prompt: uniquePrompt(), idempotencyKey: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => system.api.submitPrompt(input)));
    expect(answers.flatMap((answer) => answer.userErrors)).toEqual([]);
    expect(new Set(answers.map((answer) => answer.run?.id)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.workflow?.id)).size).toBe(1);
    expect(await countRuns()).toBe(before + 1);
    await untilEnded(system, [answers[0]?.run?.id ?? '']);
  });

  it('sent again after its reply was lost is the run that was accepted', async () => {
    const before = await countRuns();
    const link = await TcpProxy.to(Number(new URL(system.url).port));
    const client = new GraphqlApi(link.through(system.url));
    const input = { prompt: uniquePrompt(), idempotencyKey: randomUUID() };
    const lost = link.loseReplyWith('"submitPrompt"');
    await expect(client.submitPrompt(input)).rejects.toThrow();
    await lost;
    expect(await countRuns()).toBe(before + 1);
    const { run, userErrors } = await client.submitPrompt(input);
    expect(userErrors).toEqual([]);
    expect(await countRuns()).toBe(before + 1);
    expect(await untilEnded(system, [run?.id ?? ''])).toMatchObject([{ status: 'SUCCEEDED' }]);
    await link.stop();
  });

  it('under a key that was used for another prompt is refused', async () => {
    const idempotencyKey = randomUUID();
    const { run } = await system.api.submitPrompt({ prompt: uniquePrompt(), idempotencyKey });
    const again = await system.api.submitPrompt({ prompt: uniquePrompt(), idempotencyKey });
    expect(again.run).toBeNull();
    expect(again.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_REUSED' }]);
    await untilEnded(system, [run?.id ?? '']);
  });
});
