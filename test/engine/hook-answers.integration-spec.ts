import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonValue, LOCAL_USER_ID, type RunId } from '#libs/contracts';
import { type AgentContext, hookToken } from '#libs/engine';
import { never } from './probe-runs.ts';
import { type ServerRuns, startServerRuns } from './server-runs.ts';

let probe: ServerRuns;
beforeAll(async () => {
  probe = await startServerRuns();
});
afterAll(() => probe?.close());

const approval = z.object({ approved: z.boolean(), note: z.string().max(20).optional() });

/** An agent that asks for an approval and keeps what it was told. */
function asking(options: { timeout?: string } = {}) {
  const seen: unknown[] = [];
  const run = async (context: AgentContext) => {
    const answered = await context.hook('publish', { schema: approval, ...options });
    await context.step('after', () => seen.push(answered));
  };
  return { seen, run };
}

async function newestHookOf(runId: RunId) {
  const hook = (await probe.hooksOf(runId)).at(-1);
  if (!hook) throw new Error('The run has no hook.');
  return hook;
}

async function answer(runId: RunId, payload: JsonValue) {
  const place = { ownerId: LOCAL_USER_ID, hookId: (await newestHookOf(runId)).id };
  return probe.hooks.resolve(place, payload, LOCAL_USER_ID);
}

describe('an answer to a hook', () => {
  it('answers the same answer of the same resolver alike again, also when it comes twice at once', async () => {
    const { runId } = await probe.submit();
    const { run, seen } = asking();
    const executor = probe.executorOf(run);
    await executor.execute(runId, never());
    const token = hookToken('secret', (await newestHookOf(runId)).id);
    const viaToken = (payload: Record<string, string | boolean>) => probe.hooks.resolve({ token }, payload, null);
    const atOnce = await Promise.all([1, 2, 3].map(() => viaToken({ note: 'yes', approved: true })));
    expect(atOnce.map((result) => result.kind === 'resolved' && result.repeated).sort()).toEqual([false, true, true]);
    expect(probe.effects.filter((effect) => effect.type === 'dispatch-run' && effect.runId === runId)).toHaveLength(1);
    await executor.execute(runId, never());
    expect(await viaToken({ approved: true, note: 'yes' })).toMatchObject({ kind: 'resolved', repeated: true });
    expect((await viaToken({ approved: true, note: 'no' })).kind).toBe('answered');
    expect((await viaToken({ approved: 'unusable' })).kind).toBe('answered');
    // The owner, who did not answer.
    expect((await answer(runId, { approved: true, note: 'yes' })).kind).toBe('answered');
    expect((await probe.historyOf(runId)).filter((type) => type === 'hook_received')).toHaveLength(1);
    expect(seen).toEqual([{ approved: true, note: 'yes' }]);
  });

  it('keeps of an answer what its schema knows, and shows nobody what looks like a secret', async () => {
    const { runId } = await probe.submit();
    const seen: unknown[] = [];
    const executor = probe.executorOf(async (context) => {
      seen.push(await context.hook('login', { schema: z.object({ user: z.string(), accessKey: z.string() }) }));
    });
    await executor.execute(runId, never());
    const result = await answer(runId, { user: 'ada', accessKey: 'hunter2', nobodyAsked: 'for this' });
    const shown = { user: 'ada', accessKey: '[redacted]' };
    expect(result).toMatchObject({ kind: 'resolved', hook: { payload: shown } });
    await executor.execute(runId, never());
    expect(seen).toEqual([{ user: 'ada', accessKey: 'hunter2' }]);
    expect((await newestHookOf(runId)).payload).toEqual(shown);
    expect((await probe.stepsOf(runId)).map((step) => step.output)).toEqual([shown]);
    const stored = await probe.dataSource.query('SELECT payload FROM hooks WHERE run_id = $1', [runId]);
    expect(stored).toEqual([{ payload: { user: 'ada', accessKey: 'hunter2' } }]);
  });

  it('comes too late as soon as the time is over, whether it fits or not', async () => {
    const { runId } = await probe.submit();
    await probe.executorOf(asking({ timeout: '7d' }).run).execute(runId, never());
    expect((await answer(runId, { approved: 'unusable' })).kind).toBe('invalid');
    await probe.dataSource.query('UPDATE hooks SET expires_at = clock_timestamp() WHERE run_id = $1', [runId]);
    for (const payload of [{ approved: 'unusable' }, { approved: true }]) {
      expect(await answer(runId, payload)).toMatchObject({ kind: 'closed', hook: { status: 'EXPIRED' } });
    }
  });

  it('settles the hook that was asked again, not the one that had expired, however the clocks of workers differ', async () => {
    const { runId } = await probe.submit();
    const { seen, run } = asking({ timeout: '7d' });
    const executor = probe.executorOf(run);
    await executor.execute(runId, never());
    await probe.dataSource.query('UPDATE steps SET wake_at = clock_timestamp() WHERE run_id = $1', [runId]);
    await probe.dataSource.query('UPDATE hooks SET expires_at = clock_timestamp() WHERE run_id = $1', [runId]);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    // As if its worker had been ahead by centuries.
    await probe.dataSource.query(`UPDATE hooks SET id = 'hook_' || repeat('f', 32) WHERE run_id = $1`, [runId]);
    await probe.retry(runId);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    expect((await probe.hooksOf(runId)).map((hook) => hook.status)).toEqual(['EXPIRED', 'WAITING']);
    expect((await answer(runId, { approved: true })).kind).toBe('resolved');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(seen).toEqual([{ approved: true }]);
  });
});
