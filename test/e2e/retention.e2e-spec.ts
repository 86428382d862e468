import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system?.stop());

interface History {
  run: {
    status: string;
    historyExpiredAt: string | null;
    steps: { nodes: { id: string }[] };
    events: { nodes: { type: string }[] };
    hooks: { id: string; status: string }[];
    workflow: { messages: { nodes: unknown[] }; graph: unknown };
  };
}

async function historyOf(runId: string): Promise<History['run']> {
  const document = `query($id: ID!) { run(id: $id) { status historyExpiredAt
    steps(first: 100) { nodes { id } } events(first: 100) { nodes { type } } hooks { id status }
    workflow { messages(last: 50) { nodes { id role parts chunks complete } } graph { revision nodes { id } } } } }`;
  return (await system.api.data<History>(document, { id: runId })).run;
}

const runStatus = async (runId: string) => (await system.api.run(runId))?.status;

describe('retention', () => {
  it('takes the history of ended runs once a worker is told to, says so, and keeps everything else', async () => {
    const { runId } = await system.api.start('Every Monday at 8 email a report to ops@acme.io');
    await until(async () => (await runStatus(runId)) === 'SUCCEEDED', 'the run succeeds');
    const [stopped, waiting] = await Promise.all(
      ['cat', 'dog'].map((animal) =>
        AgentRun.start(system, 'post-author', `Write a post about our new office ${animal}`),
      ),
    );
    if (!stopped || !waiting) throw new Error('Two runs were started.');
    await stopped.waitsAt(1);
    const hook = await waiting.waitsAt(1);
    await system.api.cancelRun(stopped.runId);
    const before = await historyOf(runId);
    expect(before.steps.nodes.length).toBeGreaterThan(1);
    expect(before.historyExpiredAt).toBeNull();

    await system.addWorker({ HOLDFAST_RETENTION_HISTORY_DAYS: '0.000001' });
    for (const id of [runId, stopped.runId]) {
      await until(async () => (await historyOf(id)).historyExpiredAt !== null, 'the history expires');
    }
    const after = await historyOf(runId);
    expect(after).toMatchObject({ status: 'SUCCEEDED', steps: { nodes: [] } });
    expect(after.events.nodes).toEqual([{ type: 'run_succeeded' }]);
    expect(after.workflow).toEqual(before.workflow);
    const node = `query($id: ID!) { node(id: $id) { id } }`;
    expect(await system.api.data(node, { id: before.steps.nodes[0]?.id })).toEqual({ node: null });
    expect((await historyOf(stopped.runId)).hooks).toMatchObject([{ status: 'CANCELED' }]);
    expect(await system.api.retryRun(stopped.runId)).toMatchObject({
      run: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringMatching(/no longer kept/) }],
    });

    // The run that still waits has lost nothing, and goes on.
    expect((await historyOf(waiting.runId)).steps.nodes.length).toBeGreaterThan(1);
    expect(await waiting.resolve(hook, { approved: true })).toEqual([]);
    await waiting.reaches('SUCCEEDED');
  });
});
