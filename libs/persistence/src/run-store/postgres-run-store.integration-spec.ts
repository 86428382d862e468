// Long on purpose: every method of the store meets its fence and its repeats on one fixture.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, limits, newId, runErrorInfo, type UIMessageChunk } from '#libs/contracts';
import { type ClaimedRun, FencedError, type RunStore } from '#libs/engine';
import { createTestDatabase, stepResult, type TestDatabase, textPart } from '../../testing/test-database.js';

let db: TestDatabase;
let store: RunStore;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  store = db.store;
});
afterAll(() => db.drop());

const start = (name: string, occurrence = 0) =>
  ({ name, occurrence, kind: 'FUNCTION', input: { n: 1 }, inputHash: 'hash' }) as const;

async function answerOf(claimed: ClaimedRun) {
  const snapshot = await db.reader.workflowSnapshot(claimed.claim.ownerId, claimed.claim.workflowId);
  const message = snapshot?.messages.find((candidate) => candidate.id === claimed.claim.messageId);
  if (!snapshot || !message) throw new Error('The message is missing.');
  return { ...message, cursor: snapshot.workflow.cursor, workflow: snapshot.workflow };
}

describe('a claim', () => {
  it('takes the next epoch and knows everything about the run', async () => {
    const { workflow, run } = await db.submit({ prompt: 'First line\nsecond line' });
    const claimed = await db.claim(run.id);
    expect(claimed).toMatchObject({
      claim: { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId, epoch: 1, attempt: 1 },
      agent: 'workflow-builder',
      prompt: 'First line\nsecond line',
      title: null,
      steps: [],
      chunks: [{ type: 'start', messageId: claimed.claim.messageId }],
      conversation: [],
      graph: { nodes: [], edges: [] },
      graphRevision: 0,
    });
    expect(await db.reader.run(workflow.ownerId, run.id)).toMatchObject({ status: 'RUNNING', attempts: 1 });
    expect((await answerOf(claimed)).cursor).toBe(cursorAt(1, 0));
  });

  it('finds nothing to do for a run that is unknown or has ended', async () => {
    const claimed = await db.submitAndClaim();
    await store.finishRun(claimed.claim, { status: 'CANCELED' }, null);
    expect(await store.claimRun(claimed.claim.runId)).toEqual({ kind: 'nothing-to-do' });
    expect(await store.claimRun('run_00000000000000000000000000000000' as never)).toEqual({ kind: 'nothing-to-do' });
  });

  it('gives every concurrent claimant an epoch of its own, and only the last one holds', async () => {
    const { run } = await db.submit();
    const claims = await Promise.all([1, 2, 3].map(() => db.claim(run.id)));
    expect(claims.map(({ claim }) => claim.epoch).sort()).toEqual([1, 2, 3]);
    for (const { claim } of claims) expect(await store.holds(claim)).toBe(claim.epoch === 3);
  });

  it('keeps the time of the first claim', async () => {
    const first = await db.submitAndClaim();
    expect((await db.claim(first.claim.runId)).startedAt).toBe(first.startedAt);
  });

  it('tells what was said before, as text, oldest first', async () => {
    const first = await db.submitAndClaim({ prompt: 'one' });
    const { workflowId, messageId, epoch } = first.claim;
    const chunks: UIMessageChunk[] = [
      { type: 'start', messageId },
      ...textPart('0', 'two'),
      { type: 'start-step' },
      ...textPart('0', 'three'),
    ];
    await store.finishRun(
      first.claim,
      { status: 'SUCCEEDED', title: 'Own', saveRevision: false },
      { chunks, cursor: cursorAt(epoch, 1) },
    );
    const next = await db.submitAndClaim({ workflowId, prompt: 'four' });
    expect(next.conversation).toEqual([
      { role: 'user', text: 'one' },
      { role: 'assistant', text: 'two\n\nthree' },
    ]);
    expect(next.title).toBe('Own');
  });

  it('tells only the newest of what was said, and reads no more than that', async () => {
    const { workflowId, runId, ownerId } = (await db.submitAndClaim({ prompt: 'said 0' })).claim;
    await db.cancellation.cancel(ownerId, runId);
    for (let n = 1; n <= limits.conversationMessages; n++) {
      const { run } = await db.submit({ workflowId, prompt: `said ${n}` });
      await db.cancellation.cancel(ownerId, run.id);
    }
    const { run } = await db.submit({ workflowId, prompt: 'now' });
    // A message that is read must be one that can be read: this one, the oldest, cannot.
    await db.dataSource.query(`UPDATE messages SET chunks = '"none"' WHERE run_id = $1`, [runId]);
    const { conversation } = await db.claim(run.id);
    // Half of the newest are answers, which were canceled before they said anything.
    const first = limits.conversationMessages / 2 + 1;
    const newest = Array.from({ length: limits.conversationMessages / 2 }, (_, n) => `said ${first + n}`);
    expect(conversation).toEqual(newest.map((text) => ({ role: 'user', text })));
  });
});

describe('settled waits', () => {
  it('are told again to the claim that asks again', async () => {
    const { claim } = await db.submitAndClaim();
    const slept = await store.openSleep(claim, { ...start('sleep'), kind: 'SLEEP' }, 0);
    const open = await store.openSleep(claim, { ...start('sleep', 1), kind: 'SLEEP' }, 600_000);
    const asked = [slept.step.id, open.step.id];
    const once = await store.settleWaits(claim, asked);
    expect(once.map(({ stored }) => stored.id)).toEqual([slept.step.id]);
    expect(await store.settleWaits(claim, asked)).toEqual(once);
    expect(await store.suspendRun(claim, asked, { chunks: [], cursor: cursorAt(claim.epoch, 0) })).toEqual({
      kind: 'woken',
      waits: once,
    });
    expect(await store.settleWaits(claim, [open.step.id])).toEqual([]);
  });
});

describe('a superseded claim', () => {
  const calls: Record<string, (old: ClaimedRun, stepId: never) => Promise<unknown>> = {
    startStep: (old) => store.startStep(old.claim, start('other')),
    completeStep: (old, stepId) =>
      store.completeStep(old.claim, stepId, stepResult(), { chunks: [], cursor: cursorAt(99, 0) }),
    completeGraphStep: (old, stepId) =>
      store.completeGraphStep(old.claim, stepId, () => {
        throw new Error('An edit of a superseded claim must not be asked for.');
      }),
    failStepAttempt: (old, stepId) =>
      store.failStepAttempt(old.claim, stepId, { error: runErrorInfo('INTERNAL'), retryInMs: null, usage: null }),
    openHook: (old) =>
      store.openHook(old.claim, start('hook'), {
        id: newId('hook'),
        title: 'Hook',
        tokenHash: 'hash',
        schema: {},
        timeoutMs: null,
      }),
    openSleep: (old) => store.openSleep(old.claim, start('sleep'), 5),
    settleWaits: (old, stepId) => store.settleWaits(old.claim, [stepId]),
    suspendRun: (old, stepId) => store.suspendRun(old.claim, [stepId], { chunks: [], cursor: cursorAt(99, 0) }),
    checkpoint: (old) => store.checkpoint(old.claim, { chunks: [], cursor: cursorAt(99, 0) }),
    beginCompleting: (old) => store.beginCompleting(old.claim),
    finishRun: (old) => store.finishRun(old.claim, { status: 'SUCCEEDED', title: 'x', saveRevision: true }, null),
    markStreamClosed: (old) => store.markStreamClosed(old.claim, cursorAt(99, 0)),
    releaseRun: (old) => store.releaseRun(old.claim, 'HANDED_BACK'),
  };

  async function superseded(supersede: (old: ClaimedRun) => Promise<unknown>) {
    const old = await db.submitAndClaim();
    const { step } = await store.startStep(old.claim, start('step'));
    await supersede(old);
    return { old, stepId: step.id as never };
  }

  for (const [name, call] of Object.entries(calls)) {
    it(`is refused by ${name}, which changes nothing, after a takeover`, async () => {
      const { old, stepId } = await superseded((claimed) => db.claim(claimed.claim.runId));
      const before = await db.everything();
      await expect(call(old, stepId)).rejects.toBeInstanceOf(FencedError);
      expect(await db.everything()).toEqual(before);
    });

    it(`is refused by ${name}, which changes nothing, after a cancel`, async () => {
      const { old, stepId } = await superseded(({ claim }) => db.cancellation.cancel(claim.ownerId, claim.runId));
      const before = await db.everything();
      await expect(call(old, stepId)).rejects.toBeInstanceOf(FencedError);
      expect(await db.everything()).toEqual(before);
    });
  }

  it('is told so when it asks, which changes nothing', async () => {
    const { old } = await superseded((claimed) => db.claim(claimed.claim.runId));
    const before = await db.everything();
    expect(await store.holds(old.claim)).toBe(false);
    expect(await db.everything()).toEqual(before);
  });

  it('covers every method that takes a claim and writes', () => {
    const unfenced = ['claimRun', 'readGraph', 'now', 'holds', 'markEndsTold'];
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(store)).filter(
      (name) => !['constructor', 'transaction', ...unfenced].includes(name),
    );
    expect(Object.keys(calls).sort()).toEqual(methods.sort());
  });
});

describe('a claim whose run has ended or was given back', () => {
  it('cannot add steps any more', async () => {
    for (const end of [
      (run: ClaimedRun) => store.finishRun(run.claim, { status: 'CANCELED' }, null),
      (run: ClaimedRun) => store.releaseRun(run.claim, 'HANDED_BACK'),
    ]) {
      const claimed = await db.submitAndClaim();
      await end(claimed);
      await expect(store.startStep(claimed.claim, start('late'))).rejects.toBeInstanceOf(FencedError);
    }
  });

  it('cannot change the message of a run that has ended', async () => {
    const claimed = await db.submitAndClaim();
    await store.finishRun(claimed.claim, { status: 'CANCELED' }, null);
    const before = await db.everything();
    await store.checkpoint(claimed.claim, { chunks: textPart('0', 'late'), cursor: cursorAt(claimed.claim.epoch, 9) });
    expect(await db.everything()).toEqual(before);
  });
});

describe('a step', () => {
  it('is stored once: a second result is ignored and the first is replayed', async () => {
    const claimed = await db.submitAndClaim();
    const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: null };
    const { step, attempt } = await store.startStep(claimed.claim, start('draft'));
    expect(step).toMatchObject({ name: 'draft', status: 'RUNNING', finishedAt: null });
    expect(attempt).toBe(1);
    const done = await store.completeStep(claimed.claim, step.id, stepResult({ output: 'first', usage }), null);
    const again = await store.completeStep(claimed.claim, step.id, stepResult({ output: 'second', usage }), null);
    expect(again).toEqual(done);
    expect(await db.reader.run(claimed.claim.ownerId, claimed.claim.runId)).toMatchObject({ usage });
    await expect(store.startStep(claimed.claim, start('draft'))).rejects.toThrow('stored result');
    const { steps } = await db.claim(claimed.claim.runId);
    expect(steps).toEqual([
      { id: step.id, name: 'draft', occurrence: 0, kind: 'FUNCTION', inputHash: 'hash', output: 'first', error: null },
    ]);
  });

  it('is remembered with what the agent had seen when it first asked, finished or not', async () => {
    const claimed = await db.submitAndClaim();
    await store.startStep(claimed.claim, { ...start('draft'), askedAfter: 3 });
    await store.openSleep(claimed.claim, { ...start('sleep'), kind: 'SLEEP', askedAfter: 4 }, 60_000);
    const { claim, asked } = await db.claim(claimed.claim.runId);
    const expected = [
      { name: 'draft', occurrence: 0, after: 3 },
      { name: 'sleep', occurrence: 0, after: 4 },
    ];
    expect(asked.sort((a, b) => a.after - b.after)).toEqual(expected);
    const { step } = await store.startStep(claim, { ...start('draft'), askedAfter: 7 });
    await store.completeStep(claim, step.id, stepResult(), null);
    const again = await db.claim(claimed.claim.runId);
    expect(again.asked.sort((a, b) => a.after - b.after)).toEqual(expected);
  });

  it('is remembered with less when a later attempt asked for it earlier', async () => {
    const claimed = await db.submitAndClaim();
    const sleep = { ...start('sleep'), kind: 'SLEEP' as const };
    await store.startStep(claimed.claim, { ...start('draft'), askedAfter: 3 });
    const opened = await store.openSleep(claimed.claim, { ...sleep, askedAfter: 4 }, 60_000);
    await db.dataSource.query(`UPDATE steps SET status = 'PENDING' WHERE id = $1`, [opened.step.id]);
    const { claim } = await db.claim(claimed.claim.runId);
    await store.startStep(claim, { ...start('draft'), askedAfter: 1 });
    await store.openSleep(claim, { ...sleep, askedAfter: 2 }, 60_000);
    const { asked } = await db.claim(claimed.claim.runId);
    expect(asked.map(({ after }) => after).sort()).toEqual([1, 2]);
  });

  it('keeps outputs of every JSON type, and text that Postgres cannot hold', async () => {
    const claimed = await db.submitAndClaim();
    const outputs = [
      'text',
      '"quoted"',
      0,
      false,
      null,
      [],
      [1, 'a\0b'],
      { 'key\0': '\ud83d', half: '\ude00', e: '\ue0ff' },
    ];
    for (const [index, output] of outputs.entries()) await db.runStep(claimed, `s${index}`, { output });
    const chunks = [...textPart('\ud800', 'a\0b\udfff')];
    await db.runStep(claimed, 'name\0with\ud800', { chunks });
    const next = await db.claim(claimed.claim.runId);
    expect(next.steps.map((step) => step.output).slice(0, -1)).toEqual(outputs);
    expect(next.steps.at(-1)?.name).toBe('name\0with\ud800');
    expect(next.chunks.slice(1)).toEqual(chunks);
    expect((await answerOf(next)).chunks).toEqual(next.chunks);
  });

  it('counts its attempts over all attempts of the run, and keeps how each of them ended', async () => {
    const first = await db.submitAndClaim();
    const { step } = await store.startStep(first.claim, start('flaky'));
    const error = runErrorInfo('PROVIDER_TIMEOUT');
    const { nextRetryAt, ...failed } = await store.failStepAttempt(first.claim, step.id, {
      error,
      retryInMs: 0,
      usage: null,
    });
    expect(failed).toMatchObject({ step: { status: 'RETRYING', error } });
    expect((await store.startStep(first.claim, start('flaky'))).attempt).toBe(2);
    const second = await db.claim(first.claim.runId);
    expect((await store.startStep(second.claim, start('flaky'))).attempt).toBe(3);
    const final = { error, retryInMs: null, usage: null };
    expect(await store.failStepAttempt(second.claim, step.id, final)).toMatchObject({
      step: { status: 'FAILED' },
      nextRetryAt: null,
    });
    const attempts = (await db.reader.stepAttempts([step.id])).get(step.id);
    expect(attempts).toMatchObject([
      { number: 1, epoch: 1, error, nextRetryAt: new Date(nextRetryAt ?? '') },
      { number: 2, epoch: 1, error: { code: 'INTERNAL' }, nextRetryAt: null },
      { number: 3, epoch: 2, error, nextRetryAt: null },
    ]);
    expect(attempts?.every((attempt) => attempt.finishedAt !== null)).toBe(true);
  });

  it('counts as failed only tries that ended by an error, and none from before a retry by a person', async () => {
    const first = await db.submitAndClaim();
    const { runId, ownerId } = first.claim;
    const tries = async (claimed: ClaimedRun) => {
      const { attempt, failedTries } = await store.startStep(claimed.claim, start('flaky'));
      return { attempt, failedTries };
    };
    const { step } = await store.startStep(first.claim, start('flaky'));
    const failure = { error: runErrorInfo('PROVIDER_TIMEOUT'), retryInMs: 0, usage: null };
    await store.failStepAttempt(first.claim, step.id, failure);
    expect(await tries(first)).toEqual({ attempt: 2, failedTries: 1 });
    await store.releaseRun(first.claim, 'HANDED_BACK');
    const second = await db.claim(runId);
    expect(await tries(second)).toEqual({ attempt: 3, failedTries: 1 });
    const lost = await db.claim(runId);
    expect(await tries(lost)).toEqual({ attempt: 4, failedTries: 1 });
    await store.failStepAttempt(lost.claim, step.id, failure);
    await db.cancellation.cancel(ownerId, runId);
    await db.retrying.retry(ownerId, runId);
    expect(await tries(await db.claim(runId))).toEqual({ attempt: 5, failedTries: 0 });
  });

  it('is not started again before its time, by whoever holds the run', async () => {
    const first = await db.submitAndClaim();
    const { step } = await store.startStep(first.claim, start('pausing'));
    const error = runErrorInfo('PROVIDER_RATE_LIMITED');
    await store.failStepAttempt(first.claim, step.id, { error, retryInMs: 60_000, usage: null });
    for (const holder of [async () => first, () => db.claim(first.claim.runId)]) {
      const early = await store.startStep((await holder()).claim, start('pausing'));
      expect(early).toMatchObject({ step: { status: 'RETRYING' }, attempt: 2, failedTries: 1 });
      expect(early.pauseMs).toBeGreaterThan(0);
      expect(early.pauseMs).toBeLessThanOrEqual(60_000);
    }
    expect((await db.reader.stepAttempts([step.id])).get(step.id)).toHaveLength(1);
  });

  it('pauses no longer than it was to, also when the clock of Postgres has been set back by an hour', async () => {
    const { claim } = await db.submitAndClaim();
    const { step } = await store.startStep(claim, start('pausing'));
    const error = runErrorInfo('PROVIDER_RATE_LIMITED');
    await store.failStepAttempt(claim, step.id, { error, retryInMs: 5_000, usage: null });
    // What was stored before the clock went back.
    await db.dataSource.query(
      `UPDATE step_attempts SET next_retry_at = next_retry_at + interval '1 hour',
              finished_at = finished_at + interval '1 hour' WHERE step_id = $1`,
      [step.id],
    );
    expect((await store.startStep(claim, start('pausing'))).pauseMs).toBeCloseTo(5_000, 0);
    const started = await store.startStep(claim, { ...start('pausing'), pauseIsOver: true });
    expect(started).toMatchObject({ step: { status: 'RUNNING' }, attempt: 2, pauseMs: null });
  });

  it('can be asked for again under the same claim without a second effect', async () => {
    const claimed = await db.submitAndClaim();
    const first = await store.startStep(claimed.claim, start('once'));
    expect(await store.startStep(claimed.claim, start('once'))).toEqual(first);
    const failure = { error: runErrorInfo('PROVIDER_TIMEOUT'), retryInMs: 0, usage: null };
    await store.failStepAttempt(claimed.claim, first.step.id, failure);
    const before = await db.everything();
    await store.failStepAttempt(claimed.claim, first.step.id, { ...failure, error: runErrorInfo('INTERNAL') });
    expect(await db.everything()).toEqual(before);
  });

  it('shows its input without secrets', async () => {
    const claimed = await db.submitAndClaim();
    const input = { url: 'https://example.org', token: 'abc' };
    const { step } = await store.startStep(claimed.claim, { ...start('call'), kind: 'TOOL_CALL', input });
    expect(await db.reader.step(claimed.claim.ownerId, step.id)).toMatchObject({
      input: { url: 'https://example.org', token: '[redacted]' },
    });
  });

  it('keeps what each of its tries used, and adds up what the failed ones used too', async () => {
    const { claim } = await db.submitAndClaim();
    const billed = { inputTokens: 7, outputTokens: 3, reasoningTokens: null };
    const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 1 };
    const { step } = await store.startStep(claim, start('billed'));
    const failure = { error: runErrorInfo('OUTPUT_TOO_LONG'), retryInMs: 0, usage: billed };
    await store.failStepAttempt(claim, step.id, failure);
    await store.failStepAttempt(claim, step.id, failure);
    expect(await db.reader.run(claim.ownerId, claim.runId)).toMatchObject({ usage: billed });
    await store.startStep(claim, start('billed'));
    const done = await store.completeStep(claim, step.id, stepResult({ usage }), null);
    const sum = { inputTokens: 17, outputTokens: 8, reasoningTokens: 1 };
    expect(done.usage).toEqual(sum);
    expect(await db.reader.run(claim.ownerId, claim.runId)).toMatchObject({ usage: sum });
    const attempts = (await db.reader.stepAttempts([step.id])).get(step.id);
    expect(attempts?.map((attempt) => attempt.usage)).toEqual([billed, usage]);
  });

  it('adds what it used to the run, once each', async () => {
    const claimed = await db.submitAndClaim();
    await db.runStep(claimed, 'a', { usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: null } });
    await db.runStep(claimed, 'b', { usage: { inputTokens: 10, outputTokens: 20, reasoningTokens: 5 } });
    await db.runStep(claimed, 'c');
    expect((await db.reader.run(claimed.claim.ownerId, claimed.claim.runId))?.usage).toEqual({
      inputTokens: 11,
      outputTokens: 22,
      reasoningTokens: 5,
    });
  });
});

describe('a takeover', () => {
  it('rebuilds the message from stored steps in the order of their commits and drops the rest', async () => {
    const first = await db.submitAndClaim();
    const { claim } = first;
    const slow = await store.startStep(claim, start('slow'));
    const fast = await store.startStep(claim, start('fast'));
    await store.completeStep(claim, fast.step.id, stepResult({ chunks: textPart('f', 'fast') }), null);
    await store.completeStep(claim, slow.step.id, stepResult({ chunks: textPart('s', 'slow') }), null);
    const lost = await store.startStep(claim, start('lost'));
    const opening: UIMessageChunk = { type: 'start', messageId: claim.messageId };
    await store.checkpoint(claim, {
      chunks: [opening, ...textPart('f', 'fast'), ...textPart('s', 'slow'), { type: 'text-start', id: 'half' }],
      cursor: cursorAt(claim.epoch, 7),
    });

    const second = await db.claim(claim.runId);
    const expected = [opening, ...textPart('f', 'fast'), ...textPart('s', 'slow')];
    expect(second.claim).toMatchObject({ epoch: 2, attempt: 2, messageId: claim.messageId });
    expect(second.steps.map((step) => step.name)).toEqual(['fast', 'slow']);
    expect(second.chunks).toEqual(expected);
    expect(await answerOf(second)).toMatchObject({ chunks: expected, cursor: cursorAt(2, 0), complete: false });
    expect(await db.reader.step(claim.ownerId, lost.step.id)).toMatchObject({ status: 'PENDING' });
    const events = await db.reader.runEvents(claim.ownerId, claim.runId, { first: 100, after: null });
    expect(events.rows.filter((event) => event.type.startsWith('run_')).map((event) => event.type)).toEqual([
      'run_created',
      'run_started',
      'run_taken_over',
    ]);
  });

  it('runs the completion of a run again', async () => {
    const first = await db.submitAndClaim();
    await store.beginCompleting(first.claim);
    await store.beginCompleting(first.claim);
    expect((await answerOf(first)).workflow.status).toBe('COMPLETING');
    const second = await db.claim(first.claim.runId);
    expect((await answerOf(second)).workflow.status).toBe('GENERATING');
  });

  it('fails the run after three attempts in a row without a completed step', async () => {
    const { run } = await db.submit();
    for (let attempt = 1; attempt <= 3; attempt++) await db.claim(run.id);
    const result = await store.claimRun(run.id);
    expect(result).toMatchObject({
      kind: 'exhausted',
      run: { claim: { epoch: 4, attempt: 4 } },
      error: { code: 'ATTEMPTS_EXHAUSTED' },
    });
    if (result.kind !== 'exhausted') throw new Error('unreachable');
    expect(await db.reader.run(run.ownerId, run.id)).toMatchObject({ status: 'FAILED', error: result.error });
    expect(await answerOf(result.run)).toMatchObject({
      complete: true,
      cursor: cursorAt(4, 0),
      workflow: { status: 'FAILED', activeRunId: null },
    });
    expect(await store.claimRun(run.id)).toEqual({ kind: 'nothing-to-do' });
    expect(result.run.ends).toMatchObject([
      { runId: run.id, epoch: 4, events: [{ runStatus: 'FAILED', terminal: true }] },
    ]);
    await store.markEndsTold(result.run.ends);
    expect(await db.stranded.claimClosing(run.id)).toBeNull();
  });

  it('does not count attempts that completed a step, nor those that were given back', async () => {
    const { run } = await db.submit();
    for (let attempt = 1; attempt <= 3; attempt++) await db.runStep(await db.claim(run.id), `step-${attempt}`);
    for (let attempt = 4; attempt <= 8; attempt++) {
      const { claim } = await db.claim(run.id);
      await store.releaseRun(claim, 'HANDED_BACK');
      await store.releaseRun(claim, 'HANDED_BACK');
    }
    for (let attempt = 9; attempt <= 11; attempt++) await db.claim(run.id);
    expect((await store.claimRun(run.id)).kind).toBe('exhausted');
  });

  it('gives a released run back as queued, with its unfinished steps pending', async () => {
    const { claim } = await db.submitAndClaim();
    const { step } = await store.startStep(claim, start('interrupted'));
    await store.releaseRun(claim, 'HANDED_BACK');
    expect(await db.reader.run(claim.ownerId, claim.runId)).toMatchObject({ status: 'QUEUED' });
    expect(await db.reader.step(claim.ownerId, step.id)).toMatchObject({ status: 'PENDING' });
  });
});

describe('a checkpoint', () => {
  it('never goes back: one that is older than the stored message is ignored', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    await store.checkpoint(claim, { chunks: textPart('0', 'new'), cursor: cursorAt(claim.epoch, 5) });
    await store.checkpoint(claim, { chunks: textPart('0', 'old'), cursor: cursorAt(claim.epoch, 4) });
    expect(await answerOf(claimed)).toMatchObject({ chunks: textPart('0', 'new'), cursor: cursorAt(claim.epoch, 5) });
  });

  it('is stored together with the step that it comes with', async () => {
    const claimed = await db.submitAndClaim();
    const { step } = await store.startStep(claimed.claim, start('text'));
    await store.completeStep(claimed.claim, step.id, stepResult(), {
      chunks: textPart('0', 'done'),
      cursor: cursorAt(claimed.claim.epoch, 3),
    });
    expect(await answerOf(claimed)).toMatchObject({ chunks: textPart('0', 'done') });
  });

  it('always belongs to the cursor that a snapshot shows, however many are stored meanwhile', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    const seen = new Set<string>();
    let writing = true;
    const write = async () => {
      for (let seq = 1; seq <= 150 || seen.size <= 3; seq++) {
        const chunks: UIMessageChunk[] = [{ type: 'text-delta', id: '0', delta: String(seq) }];
        await store.checkpoint(claim, { chunks, cursor: cursorAt(claim.epoch, seq) });
      }
      writing = false;
    };
    const read = async () => {
      while (writing) {
        const { chunks, cursor } = await answerOf(claimed);
        const [first] = chunks;
        const seq = first?.type === 'text-delta' ? first.delta : '0';
        expect(cursor).toBe(`${claim.epoch}-${seq}`);
        seen.add(seq);
      }
    };
    await Promise.all([write(), read(), read()]);
  });
});
