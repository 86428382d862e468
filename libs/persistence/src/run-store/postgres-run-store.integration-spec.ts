import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, limits, runErrorInfo, segmentOf, type UIMessageChunk } from '#libs/contracts';
import type { ClaimedRun, RunStore } from '#libs/engine';
import { type RunStoreFixture, runStoreSuite } from '../../../engine/testing/run-store.suite.js';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';
import { HookResolution } from '../hook-resolution.js';

runStoreSuite(async (): Promise<RunStoreFixture> => {
  const database = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  const { store, reader, dataSource } = database;
  const pageOf = { first: 100, after: null };
  return {
    store,
    get opened() {
      return database.effects.filter((effect) => effect.type === 'open-epoch');
    },
    submit: async (options = {}) => {
      const { run, workflow } = await database.submit(options);
      return { runId: run.id, workflowId: workflow.id };
    },
    cancel: async (runId) => {
      const result = await database.cancellation.cancel(LOCAL_USER_ID, runId);
      if (result.kind !== 'canceled') throw new Error(`The run was not canceled: ${result.kind}.`);
      const published = database.effects.at(-1);
      return result.repeated || published?.type !== 'open-epoch' ? [] : published.ends;
    },
    retry: async (runId) => {
      const { kind } = await database.retrying.retry(LOCAL_USER_ID, runId);
      if (kind !== 'accepted') throw new Error(`The run was not retried: ${kind}.`);
    },
    answer: async (hookId, payload) => {
      const { result } = await new HookResolution(dataSource).resolve(
        { ownerId: LOCAL_USER_ID, hookId },
        payload,
        null,
      );
      if (result.kind !== 'resolved') throw new Error(`The hook was not answered: ${result.kind}.`);
    },
    endWaits: async (runId) => {
      await dataSource.query(`UPDATE steps SET wake_at = clock_timestamp() WHERE run_id = $1`, [runId]);
      await dataSource.query(
        `UPDATE hooks SET expires_at = clock_timestamp() WHERE run_id = $1 AND expires_at IS NOT NULL`,
        [runId],
      );
    },
    startWorker: () => database.leases.register(60_000),
    endWorker: async (worker, cause) => {
      if (cause === 'CUT_OFF') await database.leases.setCutOff(worker, true);
      await database.leases.declareEnded(worker);
    },
    read: async (runId) => {
      const run = await reader.run(LOCAL_USER_ID, runId);
      const snapshot = run && (await reader.workflowSnapshot(LOCAL_USER_ID, run.workflowId));
      const answer = snapshot?.messages.find((message) => message.runId === runId && message.role === 'assistant');
      if (!run || !snapshot || !answer) throw new Error('The run is gone.');
      const steps = (await reader.steps(LOCAL_USER_ID, runId, pageOf)).rows;
      const tries = await reader.stepAttempts(steps.map(({ id }) => id));
      return {
        ...run,
        workflow: snapshot.workflow,
        answer,
        steps: steps.map((step) => ({ ...step, tries: tries.get(step.id) ?? [] })),
        history: (await reader.runEvents(LOCAL_USER_ID, runId, pageOf)).rows.map(({ type }) => type),
        hooks: await reader.hooks(LOCAL_USER_ID, runId),
        revisions: (await reader.revisions(LOCAL_USER_ID, run.workflowId, pageOf)).rows,
      };
    },
    everything: database.everything,
    close: database.drop,
  };
});

let db: TestDatabase;
let store: RunStore;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  store = db.store;
});
afterAll(() => db.drop());

async function answerOf(claimed: ClaimedRun) {
  const snapshot = await db.reader.workflowSnapshot(claimed.claim.ownerId, claimed.claim.workflowId);
  const message = snapshot?.messages.find((candidate) => candidate.id === claimed.claim.messageId);
  if (!snapshot || !message) throw new Error('The message is missing.');
  return { ...message, cursor: snapshot.workflow.cursor };
}

describe('Postgres', () => {
  it('reads no more of what was said before than a claim tells', async () => {
    const { workflowId, runId, ownerId } = (await db.submitAndClaim({ prompt: 'said 0' })).claim;
    await db.cancellation.cancel(ownerId, runId);
    for (let n = 1; n <= limits.conversationMessages; n++) {
      const { run } = await db.submit({ workflowId, prompt: `said ${n}` });
      await db.cancellation.cancel(ownerId, run.id);
    }
    const { run } = await db.submit({ workflowId, prompt: 'now' });
    // Makes the oldest message unreadable, to show that it is not read.
    await db.dataSource.query(`UPDATE messages SET chunks = '"none"' WHERE run_id = $1`, [runId]);
    const { conversation } = await db.claim(run.id);
    // Half of the newest messages are answers canceled before they had any text.
    const first = limits.conversationMessages / 2 + 1;
    const newest = Array.from({ length: limits.conversationMessages / 2 }, (_, n) => `said ${first + n}`);
    expect(conversation).toEqual(newest.map((text) => ({ role: 'user', text })));
  });

  it('lets a step pause no longer than it was to, also when its clock has been set back by an hour', async () => {
    const { claim } = await db.submitAndClaim();
    const start = { name: 'pausing', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;
    const { step } = await store.startStep(claim, start);
    const error = runErrorInfo('PROVIDER_RATE_LIMITED');
    await store.failStepTry(claim, step.id, { error, retryInMs: 5_000, usage: null });
    // A message stored before the clock was set back.
    await db.dataSource.query(
      `UPDATE step_attempts SET next_retry_at = next_retry_at + interval '1 hour',
              finished_at = finished_at + interval '1 hour' WHERE step_id = $1`,
      [step.id],
    );
    expect((await store.startStep(claim, start)).pauseMs).toBeCloseTo(5_000, 0);
    const started = await store.startStep(claim, { ...start, pauseIsOver: true });
    expect(started).toMatchObject({ step: { status: 'RUNNING' }, tryNumber: 2, pauseMs: null });
  });

  it('shows every checkpoint with the cursor that it belongs to, however many are stored meanwhile', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    const seen = new Set<string>();
    let writing = true;
    const write = async () => {
      for (let seq = 1; seq <= 150 || seen.size <= 3; seq++) {
        const chunks: UIMessageChunk[] = [{ type: 'text-delta', id: '0', delta: '.' }];
        await store.checkpoint(claim, { segments: [segmentOf(seq, chunks)], cursor: cursorAt(claim.epoch, seq) });
      }
      writing = false;
    };
    const read = async () => {
      while (writing) {
        const { chunks, cursor } = await answerOf(claimed);
        const last = chunks.at(-1);
        const seq = String(last?.type === 'text-delta' ? last.delta.length : 0);
        expect(cursor).toBe(`${claim.epoch}-${seq}`);
        seen.add(seq);
      }
    };
    await Promise.all([write(), read(), read()]);
  });
});

describe('what a list shows', () => {
  const changesOf = async (call: () => Promise<unknown>) => {
    db.effects.length = 0;
    await call();
    return db.effects.map((effect) => (effect.type === 'workflow-changed' ? effect.workflowId : effect.type));
  };

  it('is read again when a run is claimed, waits, begins to complete, or has finished', async () => {
    const { run, workflow } = await db.submit();
    expect(await changesOf(() => store.claimRun(run.id))).toEqual([workflow.id]);
    const { claim } = await db.claim(run.id);
    const checkpoint = { segments: [], cursor: cursorAt(claim.epoch, 1) };
    expect(await changesOf(() => store.beginCompleting(claim))).toEqual([workflow.id]);
    expect(await changesOf(() => store.releaseRun(claim, 'HANDED_BACK'))).toEqual([workflow.id]);
    const again = await db.claim(run.id);
    const start = { name: 'sleep', occurrence: 0, kind: 'SLEEP', input: null, inputHash: 'hash' } as const;
    const { step } = await store.openSleep(again.claim, start, 60_000);
    expect(await changesOf(() => store.suspendRun(again.claim, [step.id], checkpoint))).toEqual([workflow.id]);
    // A claim of a waiting run shows subscribers that it waits, and changes nothing.
    expect(await changesOf(() => store.claimRun(run.id))).toEqual(['open-epoch']);
    expect(db.effects).toMatchObject([{ epoch: again.claim.epoch + 1, ends: [], events: [], closes: false }]);
  });

  it('stays as it is when nothing was changed or the claim holds no more', async () => {
    const { claim } = await db.submitAndClaim();
    expect(await changesOf(() => store.finishRun(claim, { status: 'CANCELED' }, null))).toEqual([claim.workflowId]);
    expect(await changesOf(() => store.claimRun(claim.runId))).toEqual([]);
    expect(await changesOf(() => store.releaseRun(claim, 'HANDED_BACK'))).toEqual([]);
    const success = { status: 'SUCCEEDED', title: null, saveRevision: false } as const;
    expect(await changesOf(() => store.finishRun(claim, success, null))).toEqual([]);
    expect(await changesOf(() => store.beginCompleting(claim).catch(() => null))).toEqual([]);
    const running = await db.submitAndClaim();
    expect(await changesOf(() => store.releaseRun(running.claim, 'HANDED_BACK'))).toEqual([]);
  });
});
