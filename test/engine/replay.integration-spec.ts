import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID } from '#libs/contracts';
import type { AgentContext } from '#libs/engine';
import { sized } from '../support/sizes.ts';
import { never, twice } from './probe-runs.ts';
import { type ServerRuns, startServerRuns } from './server-runs.ts';

let probe: ServerRuns;
beforeAll(async () => {
  probe = await startServerRuns();
});
afterAll(() => probe?.close());

describe('a replay', () => {
  it('gives back results whole, of which people are shown nothing secret', async () => {
    const seen: unknown[] = [];
    const agent = async (context: AgentContext, stopHere?: () => Promise<never>) => {
      seen.push(await context.step('login', () => ({ user: 'ada', accessToken: 'hunter2' })));
      await stopHere?.();
    };
    const { runId } = await twice(probe, agent, agent);
    expect(seen).toEqual(Array(2).fill({ user: 'ada', accessToken: 'hunter2' }));
    expect((await probe.stepsOf(runId)).map((step) => step.output)).toEqual([
      { user: 'ada', accessToken: '[redacted]' },
    ]);
  });
});

const rounds = sized(100, 300);

describe('cancel against completion', () => {
  it(`ends a run once, in whatever moment it comes (${rounds} rounds)`, { timeout: 600_000 }, async () => {
    const ends: Record<string, number> = {};
    for (let round = 0; round < rounds; round++) {
      const { runId, workflowId } = await probe.submit();
      const executor = probe.executorOf(async (context) => {
        await context.step('only', () => null);
      });
      const running = executor.execute(runId, never());
      await delay(round % 30);
      const canceled = await probe.cancellation.cancel(LOCAL_USER_ID, runId);
      const result = await running;
      const { status } = await probe.runOf(runId);
      ends[status] = (ends[status] ?? 0) + 1;
      if (canceled.kind === 'canceled') {
        expect(status).toBe('CANCELED');
        expect(['fenced', 'finished']).toContain(result.kind);
      } else {
        expect(canceled.kind).toBe('already-finished');
        expect(status).toBe('SUCCEEDED');
      }
      const history = (await probe.historyOf(runId)).filter((type) => /^run_(succeeded|failed|canceled)$/.test(type));
      expect(history).toHaveLength(1);
      const told = (await probe.streamed(workflowId)).filter((event) => event.type === 'status' && event.terminal);
      expect(told.length).toBeLessThanOrEqual(1);
    }
    expect(Object.keys(ends).every((status) => status === 'CANCELED' || status === 'SUCCEEDED')).toBe(true);
  });
});
