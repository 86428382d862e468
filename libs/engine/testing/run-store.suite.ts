// Long on purpose: every promise of the port on one fixture, so that no store is asked for less than another.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AttemptLossCause,
  type Cursor,
  cursorAt,
  type HookId,
  type HookStatus,
  type JsonValue,
  limits,
  newId,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  runErrorInfo,
  type StepId,
  type StepSummary,
  segmentOf,
  type UIMessageChunk,
  type Usage,
  type WorkerId,
  type WorkflowId,
  type WorkflowStatus,
} from '#libs/contracts';
import { emptyPatch, type GraphIssue, type GraphNode, type WorkflowGraph } from '#libs/graph';
import { FencedError } from '../src/errors.js';
import type { OpenEpochEffect } from '../src/ports/effects.port.js';
import type { ClaimedRun, GraphEditOutcome, RunClaim, RunStore, StepResult } from '../src/ports/run-store.port.js';
import type { RunEnd } from '../src/ports/workflow-stream.port.js';

/** What a store holds of a run, as its readers see it. */
export interface StoredRun {
  status: RunStatus;
  attempts: number;
  error: RunErrorInfo | null;
  usage: Usage | null;
  workflow: {
    status: WorkflowStatus;
    title: string;
    cursor: Cursor;
    activeRunId: RunId | null;
    graphRevision: number;
    graphIssues: readonly Partial<GraphIssue>[] | null;
  };
  answer: { chunks: UIMessageChunk[]; complete: boolean };
  steps: (StepSummary & {
    input: JsonValue;
    output: JsonValue;
    tries: {
      number: number;
      epoch: number;
      finishedAt: Date | null;
      error: RunErrorInfo | null;
      nextRetryAt: Date | null;
      usage: Usage | null;
    }[];
  })[];
  /** The types of its events, oldest first. */
  history: string[];
  hooks: { name: string; status: HookStatus }[];
  /** Of the workflow, newest first. */
  revisions: { revision: number; runId: RunId | null }[];
}

/** A store, and what is done and seen beside the port. */
export interface RunStoreFixture {
  store: RunStore;
  /** Epochs that are opened because of claims, oldest first. */
  readonly opened: readonly OpenEpochEffect[];
  /** Queues a run, of a new workflow unless told otherwise. */
  submit(options?: { prompt?: string; workflowId?: WorkflowId }): Promise<{ runId: RunId; workflowId: WorkflowId }>;
  /** Ends the run as a person does; gives the ends that are not published. */
  cancel(runId: RunId): Promise<readonly RunEnd[]>;
  retry(runId: RunId): Promise<void>;
  answer(hookId: HookId, payload: JsonValue): Promise<void>;
  /** Lets everything be over that the run waits for by the clock. */
  endWaits(runId: RunId): Promise<void>;
  /** A worker that is alive from now on. */
  startWorker(): Promise<WorkerId>;
  endWorker(worker: WorkerId, cause: Extract<AttemptLossCause, 'KILLED' | 'CUT_OFF'>): Promise<void>;
  read(runId: RunId): Promise<StoredRun>;
  /** All that is stored, for proving that nothing changed. */
  everything(): Promise<unknown>;
  close(): Promise<void>;
}

/** Every method that is fenced. The compiler asks for a case of each. */
type Fenced = Exclude<keyof RunStore, 'claimRun' | 'readGraph' | 'now' | 'holds' | 'markEndsPublished'>;

const start = (name: string, occurrence = 0) =>
  ({ name, occurrence, kind: 'FUNCTION', input: { n: 1 }, inputHash: 'hash' }) as const;
const sleep = (occurrence = 0) => ({ ...start('sleep', occurrence), kind: 'SLEEP' }) as const;
const success = { status: 'SUCCEEDED', title: null, saveRevision: false } as const;

function stepResult(result: Partial<StepResult> = {}): StepResult {
  return { output: null, chunks: [], usage: null, ...result };
}

function opening({ messageId }: RunClaim): UIMessageChunk {
  return { type: 'start', messageId };
}

function textPart(id: string, text: string): UIMessageChunk[] {
  return [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: text },
    { type: 'text-end', id },
  ];
}

function hookStart(timeoutMs: number | null = null) {
  return { id: newId('hook'), title: 'Hook', tokenHash: newId('hook'), schema: { type: 'object' }, timeoutMs };
}

function nodeOf(id: string): GraphNode {
  return { id, type: 'trigger.manual', label: id, parameters: {}, position: { x: 0, y: 0 } };
}

/** Adds a node, and an edge from it to itself that has no branch. */
function adding(id: string) {
  return (graph: WorkflowGraph): GraphEditOutcome => {
    const node = nodeOf(id);
    const edge = { id: `e-${id}`, source: id, target: id };
    return {
      graph: { nodes: [...graph.nodes, node], edges: [...graph.edges, edge] },
      patch: { ...emptyPatch(), upsertNodes: [node], upsertEdges: [edge] },
      issues: [{ code: 'NO_TRIGGER' as never, severity: 'ERROR', message: 'Add a trigger.' }],
      output: { added: id },
      chunks: textPart(id, `added ${id}`),
      usage: null,
    };
  };
}

/** What every run store has to keep. To be called in a spec of each adapter. */
export function runStoreSuite(open: () => Promise<RunStoreFixture>): void {
  let fixture: RunStoreFixture;
  let store: RunStore;

  beforeAll(async () => {
    fixture = await open();
    store = fixture.store;
  });
  afterAll(() => fixture?.close());

  async function claim(runId: RunId): Promise<ClaimedRun> {
    const result = await store.claimRun(runId);
    if (result.kind !== 'claimed') throw new Error(`The run was not claimed: ${result.kind}.`);
    return result.run;
  }

  async function submitAndClaim(options?: Parameters<RunStoreFixture['submit']>[0]): Promise<ClaimedRun> {
    return claim((await fixture.submit(options)).runId);
  }

  async function runStep(run: ClaimedRun, name: string, result: Partial<StepResult> = {}): Promise<StepSummary> {
    const { step } = await store.startStep(run.claim, start(name));
    return store.completeStep(run.claim, step.id, stepResult(result), null);
  }

  async function stepOf(runId: RunId, name: string) {
    const step = (await fixture.read(runId)).steps.find((one) => one.name === name);
    if (!step) throw new Error(`The run has no step "${name}".`);
    return step;
  }

  describe('a claim', () => {
    it('takes the next epoch and knows everything about the run', async () => {
      const { runId, workflowId } = await fixture.submit({ prompt: 'First line\nsecond line' });
      const claimed = await claim(runId);
      expect(claimed).toMatchObject({
        claim: { runId, workflowId, epoch: 1, attempt: 1 },
        prompt: 'First line\nsecond line',
        lost: null,
        title: null,
        steps: [],
        asked: [],
        chunks: [{ type: 'start', messageId: claimed.claim.messageId }],
        conversation: [],
        graph: { nodes: [], edges: [] },
        graphRevision: 0,
        ends: [],
      });
      expect(await fixture.read(runId)).toMatchObject({
        status: 'RUNNING',
        attempts: 1,
        workflow: { status: 'GENERATING', cursor: cursorAt(1, 0), activeRunId: runId },
        answer: { chunks: claimed.chunks, complete: false },
      });
    });

    it('finds nothing to do for a run that is unknown or has ended', async () => {
      const { claim: held } = await submitAndClaim();
      await store.finishRun(held, { status: 'CANCELED' }, null);
      expect(await store.claimRun(held.runId)).toEqual({ kind: 'nothing-to-do' });
      expect(await store.claimRun(newId('run'))).toEqual({ kind: 'nothing-to-do' });
    });

    it('gives every concurrent claimant an epoch of its own, and only the last one holds', async () => {
      const { runId } = await fixture.submit();
      const claims = await Promise.all([1, 2, 3].map(() => claim(runId)));
      expect(claims.map((run) => run.claim.epoch).sort()).toEqual([1, 2, 3]);
      for (const run of claims) expect(await store.holds(run.claim)).toBe(run.claim.epoch === 3);
    });

    it('keeps the time of the first claim', async () => {
      const first = await submitAndClaim();
      expect((await claim(first.claim.runId)).startedAt).toBe(first.startedAt);
    });

    it('tells what was said before, as text, oldest first', async () => {
      const first = await submitAndClaim({ prompt: 'one' });
      const { workflowId, epoch } = first.claim;
      const chunks: UIMessageChunk[] = [...textPart('0', 'two'), { type: 'start-step' }, ...textPart('0', 'three')];
      await store.finishRun(
        first.claim,
        { ...success, title: 'Own' },
        { segments: [segmentOf(1, chunks)], cursor: cursorAt(epoch, 1), chunks: [opening(first.claim), ...chunks] },
      );
      const next = await submitAndClaim({ workflowId, prompt: 'four' });
      expect(next.conversation).toEqual([
        { role: 'user', text: 'one' },
        { role: 'assistant', text: 'two\n\nthree' },
      ]);
      expect(next.title).toBe('Own');
    });

    it('tells only the newest of what was said', async () => {
      const { workflowId, runId } = await fixture.submit({ prompt: 'said 0' });
      await fixture.cancel(runId);
      for (let n = 1; n <= limits.conversationMessages; n++) {
        const next = await fixture.submit({ workflowId, prompt: `said ${n}` });
        await fixture.cancel(next.runId);
      }
      const { conversation } = await submitAndClaim({ workflowId, prompt: 'now' });
      // Half of the newest are answers, which were canceled before they said anything.
      const first = limits.conversationMessages / 2 + 1;
      const newest = Array.from({ length: limits.conversationMessages / 2 }, (_, n) => `said ${first + n}`);
      expect(conversation).toEqual(newest.map((text) => ({ role: 'user', text })));
    });

    it('brings along the ends that may not be published, until they are marked so', async () => {
      const first = await submitAndClaim();
      const { workflowId } = first.claim;
      const end = await store.finishRun(first.claim, success, null);
      const second = await submitAndClaim({ workflowId });
      expect(second.ends).toMatchObject([{ runId: first.claim.runId, epoch: end?.epoch }]);
      await store.markEndsPublished(second.ends);
      await store.markEndsPublished(second.ends);
      expect((await claim(second.claim.runId)).ends).toEqual([]);
    });
  });

  describe('a run that a living worker has', () => {
    async function claimBy(worker: WorkerId, runId: RunId, isAlone = false) {
      return store.claimRun(runId, { worker, isAlone });
    }

    it('is claimed by nobody else, nor a second time by the same', async () => {
      const worker = await fixture.startWorker();
      const { runId } = await fixture.submit();
      expect((await claimBy(worker, runId)).kind).toBe('claimed');
      expect(await claimBy(await fixture.startWorker(), runId)).toEqual({ kind: 'nothing-to-do' });
      expect(await claimBy(worker, runId)).toEqual({ kind: 'nothing-to-do' });
    });

    it('is claimed by the next when the worker has gone, who learns why', async () => {
      for (const cause of ['KILLED', 'CUT_OFF'] as const) {
        const worker = await fixture.startWorker();
        const { runId } = await fixture.submit();
        await claimBy(worker, runId);
        await fixture.endWorker(worker, cause);
        const next = await claimBy(await fixture.startWorker(), runId);
        expect(next).toMatchObject({
          kind: 'claimed',
          run: { claim: { attempt: 2 }, lost: { attempt: 1, cause } },
        });
      }
    });

    it('is taken alone in its last attempt, and fails when that is lost too', async () => {
      const { runId } = await fixture.submit();
      const die = async (isAlone = false) => {
        const worker = await fixture.startWorker();
        const { kind } = await claimBy(worker, runId, isAlone);
        if (kind === 'claimed') await fixture.endWorker(worker, 'KILLED');
        return kind;
      };
      const ends = [await die(), await die(), await die(), await die(true), await die()];
      expect(ends).toEqual(['claimed', 'claimed', 'alone-only', 'claimed', 'exhausted']);
    });

    it('has used up nothing when its worker was cut off', async () => {
      const { runId } = await fixture.submit();
      for (let attempt = 1; attempt <= 5; attempt++) {
        const worker = await fixture.startWorker();
        expect(await claimBy(worker, runId)).toMatchObject({ kind: 'claimed', run: { claim: { attempt } } });
        await fixture.endWorker(worker, 'CUT_OFF');
      }
    });
  });

  describe('a superseded claim', () => {
    const calls: Record<Fenced, (old: ClaimedRun, stepId: StepId) => Promise<unknown>> = {
      startStep: (old) => store.startStep(old.claim, start('other')),
      completeStep: (old, stepId) =>
        store.completeStep(old.claim, stepId, stepResult(), { segments: [], cursor: cursorAt(99, 0) }),
      completeAndStartStep: (old, stepId) =>
        store.completeAndStartStep(old.claim, { stepId, result: stepResult(), checkpoint: null }, start('other')),
      completeGraphStep: (old, stepId) =>
        store.completeGraphStep(old.claim, stepId, () => {
          throw new Error('An edit of a superseded claim must not be asked for.');
        }),
      failStepTry: (old, stepId) =>
        store.failStepTry(old.claim, stepId, { error: runErrorInfo('INTERNAL'), retryInMs: null, usage: null }),
      openHook: (old) => store.openHook(old.claim, start('hook'), hookStart()),
      openSleep: (old) => store.openSleep(old.claim, start('sleep'), 5),
      settleWaits: (old, stepId) => store.settleWaits(old.claim, [stepId]),
      suspendRun: (old, stepId) => store.suspendRun(old.claim, [stepId], { segments: [], cursor: cursorAt(99, 0) }),
      checkpoint: (old) => store.checkpoint(old.claim, { segments: [], cursor: cursorAt(99, 0) }),
      beginCompleting: (old) => store.beginCompleting(old.claim),
      finishRun: (old) => store.finishRun(old.claim, { ...success, title: 'x', saveRevision: true }, null),
      markStreamClosed: (old) => store.markStreamClosed(old.claim, cursorAt(99, 0)),
      releaseRun: (old) => store.releaseRun(old.claim, 'HANDED_BACK'),
    };

    async function superseded(supersede: (runId: RunId) => Promise<unknown>) {
      const old = await submitAndClaim();
      const { step } = await store.startStep(old.claim, start('step'));
      await supersede(old.claim.runId);
      return { old, stepId: step.id };
    }

    for (const [name, call] of Object.entries(calls)) {
      it.each([
        ['a takeover', (runId: RunId) => claim(runId) as Promise<unknown>],
        ['a cancel', (runId: RunId) => fixture.cancel(runId) as Promise<unknown>],
      ])(`is refused by ${name}, which changes nothing, after %s`, async (_what, supersede) => {
        const { old, stepId } = await superseded(supersede);
        const before = await fixture.everything();
        await expect(call(old, stepId)).rejects.toBeInstanceOf(FencedError);
        expect(await fixture.everything()).toEqual(before);
      });
    }

    it('is told so when it asks, which changes nothing', async () => {
      const { old } = await superseded(claim);
      const before = await fixture.everything();
      expect(await store.holds(old.claim)).toBe(false);
      expect(await fixture.everything()).toEqual(before);
    });
  });

  describe('a claim whose run has ended or was given back', () => {
    it('cannot add steps any more', async () => {
      for (const end of [
        (run: ClaimedRun) => store.finishRun(run.claim, { status: 'CANCELED' }, null),
        (run: ClaimedRun) => store.releaseRun(run.claim, 'HANDED_BACK'),
      ]) {
        const claimed = await submitAndClaim();
        await end(claimed);
        await expect(store.startStep(claimed.claim, start('late'))).rejects.toBeInstanceOf(FencedError);
      }
    });

    it('holds nothing once it was given back', async () => {
      const claimed = await submitAndClaim();
      expect(await store.holds(claimed.claim)).toBe(true);
      await store.releaseRun(claimed.claim, 'HANDED_BACK');
      expect(await store.holds(claimed.claim)).toBe(false);
    });

    it('cannot change the message of a run that has ended', async () => {
      const { claim: held } = await submitAndClaim();
      await store.finishRun(held, { status: 'CANCELED' }, null);
      const before = await fixture.everything();
      await store.checkpoint(held, {
        segments: [segmentOf(1, textPart('0', 'late'))],
        cursor: cursorAt(held.epoch, 9),
      });
      expect(await fixture.everything()).toEqual(before);
    });
  });

  describe('a step', () => {
    it('is stored together with the start of the next one, or neither is', async () => {
      const { claim: held } = await submitAndClaim();
      const { step } = await store.startStep(held, start('first'));
      const checkpoint = { segments: [segmentOf(1, textPart('0', 'one'))], cursor: cursorAt(held.epoch, 3) };
      const first = { stepId: step.id, result: stepResult({ output: 1, chunks: { from: 1, to: 4 } }), checkpoint };
      const both = await store.completeAndStartStep(held, first, start('second'));
      expect(both.completed).toMatchObject({ id: step.id, status: 'SUCCEEDED' });
      expect(both.started).toMatchObject({ step: { name: 'second', status: 'RUNNING' }, tryNumber: 1, pauseMs: null });
      // As after a lost reply.
      expect(await store.completeAndStartStep(held, first, start('second'))).toEqual(both);

      const { answer, workflow } = await fixture.read(held.runId);
      expect(answer.chunks).toEqual([opening(held), ...textPart('0', 'one')]);
      expect(workflow.cursor).toBe(checkpoint.cursor);

      const second = { stepId: both.started.step.id, result: stepResult({ output: 2 }), checkpoint: null };
      const before = await fixture.everything();
      await expect(store.completeAndStartStep(held, second, start('first'))).rejects.toThrow('stored result');
      expect(await fixture.everything()).toEqual(before);
    });

    it('is stored once: a second result is ignored and the first is replayed', async () => {
      const { claim: held } = await submitAndClaim();
      const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: null };
      const { step, tryNumber } = await store.startStep(held, start('draft'));
      expect(step).toMatchObject({ name: 'draft', status: 'RUNNING', finishedAt: null });
      expect(tryNumber).toBe(1);
      const done = await store.completeStep(held, step.id, stepResult({ output: 'first', usage }), null);
      const again = await store.completeStep(held, step.id, stepResult({ output: 'second', usage }), null);
      expect(again).toEqual(done);
      expect(await fixture.read(held.runId)).toMatchObject({ usage });
      await expect(store.startStep(held, start('draft'))).rejects.toThrow('stored result');
      const { steps } = await claim(held.runId);
      const { id } = step;
      expect(steps).toEqual([
        { id, name: 'draft', occurrence: 0, kind: 'FUNCTION', inputHash: 'hash', output: 'first', error: null },
      ]);
    });

    it('cannot be changed behind the back of the store', async () => {
      const claimed = await submitAndClaim();
      const output = { list: [1] };
      await runStep(claimed, 'mine', { output });
      output.list.push(2);
      const next = await claim(claimed.claim.runId);
      expect(next.steps[0]?.output).toEqual({ list: [1] });
      for (const step of next.steps) Object.assign(step.output as object, { list: [] });
      expect((await claim(claimed.claim.runId)).steps[0]?.output).toEqual({ list: [1] });
    });

    it('is remembered with what the agent had seen when it first asked, finished or not', async () => {
      const { claim: held } = await submitAndClaim();
      await store.startStep(held, { ...start('draft'), askedAfter: 3 });
      await store.openSleep(held, { ...sleep(), askedAfter: 4 }, 60_000);
      const second = await claim(held.runId);
      const expected = [
        { name: 'draft', occurrence: 0, after: 3 },
        { name: 'sleep', occurrence: 0, after: 4 },
      ];
      expect(second.asked.sort((a, b) => a.after - b.after)).toEqual(expected);
      const { step } = await store.startStep(second.claim, { ...start('draft'), askedAfter: 7 });
      await store.completeStep(second.claim, step.id, stepResult(), null);
      const third = await claim(held.runId);
      expect(third.asked.sort((a, b) => a.after - b.after)).toEqual(expected);
    });

    it('is remembered with less when a later attempt asked for it earlier', async () => {
      const { claim: held } = await submitAndClaim();
      await store.startStep(held, { ...start('draft'), askedAfter: 3 });
      await store.openSleep(held, { ...sleep(), askedAfter: 4 }, 60_000);
      await store.finishRun(held, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
      await fixture.retry(held.runId);
      const second = await claim(held.runId);
      await store.startStep(second.claim, { ...start('draft'), askedAfter: 1 });
      await store.openSleep(second.claim, { ...sleep(), askedAfter: 2 }, 60_000);
      const { asked } = await claim(held.runId);
      expect(asked.map(({ after }) => after).sort()).toEqual([1, 2]);
    });

    it('keeps outputs of every JSON type, with their keys in order, and any text', async () => {
      const claimed = await submitAndClaim();
      const odd = { 'key\0': '\ud83d', half: '\ude00', e: '\ue0ff' };
      const outputs = ['text', '"quoted"', 0, false, null, [], [1, 'a\0b'], odd, { zeta: 1, a: 2, 10: 3 }];
      for (const [index, output] of outputs.entries()) await runStep(claimed, `s${index}`, { output });
      const chunks = [...textPart('\ud800', 'a\0b\udfff')];
      await runStep(claimed, 'name\0with\ud800', { chunks });
      const next = await claim(claimed.claim.runId);
      const read = next.steps.map((step) => step.output).slice(0, -1);
      expect(JSON.stringify(read)).toBe(JSON.stringify(outputs));
      expect(next.steps.at(-1)?.name).toBe('name\0with\ud800');
      expect(next.chunks.slice(1)).toEqual(chunks);
      expect((await fixture.read(claimed.claim.runId)).answer.chunks).toEqual(next.chunks);
    });

    it('counts its tries over all attempts at the run, and keeps how each of them ended', async () => {
      const first = await submitAndClaim();
      const { runId } = first.claim;
      const { step } = await store.startStep(first.claim, start('flaky'));
      const error = runErrorInfo('PROVIDER_TIMEOUT');
      const failure = { error, retryInMs: 0, usage: null };
      const { nextRetryAt, ...failed } = await store.failStepTry(first.claim, step.id, failure);
      expect(failed).toMatchObject({ step: { status: 'RETRYING', error } });
      expect((await store.startStep(first.claim, start('flaky'))).tryNumber).toBe(2);
      const second = await claim(runId);
      expect((await store.startStep(second.claim, start('flaky'))).tryNumber).toBe(3);
      const final = { error, retryInMs: null, usage: null };
      expect(await store.failStepTry(second.claim, step.id, final)).toMatchObject({
        step: { status: 'FAILED' },
        nextRetryAt: null,
      });
      const { tries } = await stepOf(runId, 'flaky');
      expect(tries).toMatchObject([
        { number: 1, epoch: 1, error, nextRetryAt: new Date(nextRetryAt ?? '') },
        { number: 2, epoch: 1, error: { code: 'INTERNAL' }, nextRetryAt: null },
        { number: 3, epoch: 2, error, nextRetryAt: null },
      ]);
      expect(tries.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
    });

    it('counts as failed only tries that ended by an error, and none from before a retry by a person', async () => {
      const first = await submitAndClaim();
      const { runId } = first.claim;
      const tries = async (run: ClaimedRun) => {
        const { tryNumber, failedTries } = await store.startStep(run.claim, start('flaky'));
        return { tryNumber, failedTries };
      };
      const { step } = await store.startStep(first.claim, start('flaky'));
      const failure = { error: runErrorInfo('PROVIDER_TIMEOUT'), retryInMs: 0, usage: null };
      await store.failStepTry(first.claim, step.id, failure);
      expect(await tries(first)).toEqual({ tryNumber: 2, failedTries: 1 });
      await store.releaseRun(first.claim, 'HANDED_BACK');
      expect(await tries(await claim(runId))).toEqual({ tryNumber: 3, failedTries: 1 });
      const lost = await claim(runId);
      expect(await tries(lost)).toEqual({ tryNumber: 4, failedTries: 1 });
      await store.failStepTry(lost.claim, step.id, failure);
      await fixture.cancel(runId);
      await fixture.retry(runId);
      expect(await tries(await claim(runId))).toEqual({ tryNumber: 5, failedTries: 0 });
    });

    it('is not started again before its time, by whoever holds the run', async () => {
      const first = await submitAndClaim();
      const { runId } = first.claim;
      const { step } = await store.startStep(first.claim, start('pausing'));
      const error = runErrorInfo('PROVIDER_RATE_LIMITED');
      await store.failStepTry(first.claim, step.id, { error, retryInMs: 60_000, usage: null });
      let held = first.claim;
      for (const holder of [async () => first, () => claim(runId)]) {
        held = (await holder()).claim;
        const early = await store.startStep(held, start('pausing'));
        expect(early).toMatchObject({ step: { status: 'RETRYING' }, tryNumber: 2, failedTries: 1 });
        expect(early.pauseMs).toBeGreaterThan(0);
        expect(early.pauseMs).toBeLessThanOrEqual(60_000);
      }
      expect((await stepOf(runId, 'pausing')).tries).toHaveLength(1);
      const started = await store.startStep(held, { ...start('pausing'), pauseIsOver: true });
      expect(started).toMatchObject({ step: { status: 'RUNNING' }, tryNumber: 2, pauseMs: null });
    });

    it('can be asked for again under the same claim without a second effect', async () => {
      const { claim: held } = await submitAndClaim();
      const first = await store.startStep(held, start('once'));
      expect(await store.startStep(held, start('once'))).toEqual(first);
      const failure = { error: runErrorInfo('PROVIDER_TIMEOUT'), retryInMs: 0, usage: null };
      await store.failStepTry(held, first.step.id, failure);
      const before = await fixture.everything();
      await store.failStepTry(held, first.step.id, { ...failure, error: runErrorInfo('INTERNAL') });
      expect(await fixture.everything()).toEqual(before);
    });

    it('that failed for good keeps the chunks that stay in the message, and is told as failed', async () => {
      const { claim: held } = await submitAndClaim();
      const { step } = await store.startStep(held, start('broken'));
      const error = runErrorInfo('STEP_FAILED');
      const chunks = textPart('0', 'half');
      await store.failStepTry(held, step.id, { error, retryInMs: null, chunks, usage: null });
      const next = await claim(held.runId);
      expect(next.steps).toMatchObject([{ name: 'broken', output: null, error }]);
      expect(next.chunks.slice(1)).toEqual(chunks);
    });

    it('shows its input without secrets', async () => {
      const { claim: held } = await submitAndClaim();
      const input = { url: 'https://example.org', token: 'abc' };
      await store.startStep(held, { ...start('call'), kind: 'TOOL_CALL', input });
      expect((await stepOf(held.runId, 'call')).input).toEqual({ url: 'https://example.org', token: '[redacted]' });
    });

    it('keeps what each of its tries used, and adds up what the failed ones used too', async () => {
      const { claim: held } = await submitAndClaim();
      const billed = { inputTokens: 7, outputTokens: 3, reasoningTokens: null };
      const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 1 };
      const { step } = await store.startStep(held, start('billed'));
      const failure = { error: runErrorInfo('OUTPUT_TOO_LONG'), retryInMs: 0, usage: billed };
      await store.failStepTry(held, step.id, failure);
      await store.failStepTry(held, step.id, failure);
      expect(await fixture.read(held.runId)).toMatchObject({ usage: billed });
      await store.startStep(held, start('billed'));
      const done = await store.completeStep(held, step.id, stepResult({ usage }), null);
      const sum = { inputTokens: 17, outputTokens: 8, reasoningTokens: 1 };
      expect(done.usage).toEqual(sum);
      expect(await fixture.read(held.runId)).toMatchObject({ usage: sum });
      expect((await stepOf(held.runId, 'billed')).tries.map((one) => one.usage)).toEqual([billed, usage]);
    });

    it('adds what it used to the run, once each', async () => {
      const claimed = await submitAndClaim();
      await runStep(claimed, 'a', { usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: null } });
      await runStep(claimed, 'b', { usage: { inputTokens: 10, outputTokens: 20, reasoningTokens: 5 } });
      await runStep(claimed, 'c');
      const { usage } = await fixture.read(claimed.claim.runId);
      expect(usage).toEqual({ inputTokens: 11, outputTokens: 22, reasoningTokens: 5 });
    });
  });

  describe('a step that edits the graph', () => {
    async function begin({ claim: held }: ClaimedRun, name: string): Promise<StepId> {
      return (await store.startStep(held, { ...start(name), kind: 'TOOL_CALL' })).step.id;
    }

    it('stores the graph, the result and the event together, with nulls where the graph leaves things out', async () => {
      const claimed = await submitAndClaim();
      const { runId } = claimed.claim;
      const done = await store.completeGraphStep(claimed.claim, await begin(claimed, 'add'), adding('a'));
      expect(done).toMatchObject({
        step: { status: 'SUCCEEDED' },
        output: { added: 'a' },
        chunks: textPart('a', 'added a'),
      });
      const issue = { code: 'NO_TRIGGER', severity: 'ERROR', message: 'Add a trigger.' };
      expect(done.event).toEqual({
        type: 'graph',
        revision: 1,
        upsertNodes: [nodeOf('a')],
        removeNodeIds: [],
        upsertEdges: [{ id: 'e-a', source: 'a', target: 'a', branch: null }],
        removeEdgeIds: [],
        issues: [{ ...issue, nodeId: null, edgeId: null, path: null }],
      });
      expect((await store.readGraph(claimed.claim)).nodes).toEqual([nodeOf('a')]);
      expect(await claim(runId)).toMatchObject({ graphRevision: 1, graph: { nodes: [nodeOf('a')] } });
      expect((await fixture.read(runId)).workflow).toMatchObject({ graphIssues: [issue] });
    });

    it('edits once: a repeated call answers what the first one did', async () => {
      const claimed = await submitAndClaim();
      const stepId = await begin(claimed, 'add');
      const done = await store.completeGraphStep(claimed.claim, stepId, adding('a'));
      const before = await fixture.everything();
      const again = await store.completeGraphStep(claimed.claim, stepId, () => {
        throw new Error('must not be called');
      });
      expect(again).toEqual(done);
      expect(await fixture.everything()).toEqual(before);
    });

    it('stores nothing when the edit throws', async () => {
      const claimed = await submitAndClaim();
      const stepId = await begin(claimed, 'add');
      const before = await fixture.everything();
      const edited = store.completeGraphStep(claimed.claim, stepId, (graph) => {
        graph.nodes.push(nodeOf('half'));
        throw new Error('no such node');
      });
      await expect(edited).rejects.toThrow('no such node');
      expect(await fixture.everything()).toEqual(before);
    });

    it('takes no revision and gives no event for an empty patch', async () => {
      const claimed = await submitAndClaim();
      const stepId = await begin(claimed, 'look');
      const done = await store.completeGraphStep(claimed.claim, stepId, (graph) => ({
        ...stepResult({ output: 'nothing to do' }),
        chunks: [],
        graph,
        patch: emptyPatch(),
        issues: [],
      }));
      expect(done).toMatchObject({ event: null, output: 'nothing to do' });
      expect((await claim(claimed.claim.runId)).graphRevision).toBe(0);
    });

    it('builds on all earlier edits when several steps edit at once', async () => {
      const claimed = await submitAndClaim();
      const ids = ['a', 'b', 'c', 'd', 'e'];
      const steps = await Promise.all(ids.map(async (id) => ({ id, stepId: await begin(claimed, id) })));
      const done = await Promise.all(
        steps.map(({ id, stepId }) => store.completeGraphStep(claimed.claim, stepId, adding(id))),
      );
      expect(done.map(({ event }) => event?.revision).sort()).toEqual([1, 2, 3, 4, 5]);
      const graph = await store.readGraph(claimed.claim);
      expect(graph.nodes.map((node) => node.id).sort()).toEqual(ids);
    });
  });

  describe('a hook', () => {
    it('is opened once, and open for whoever takes the run over', async () => {
      const first = await submitAndClaim();
      const { runId } = first.claim;
      const asked = { ...start('approve'), kind: 'HOOK' } as const;
      const opened = await store.openHook(first.claim, asked, hookStart());
      expect(opened).toMatchObject({
        step: { name: 'approve', kind: 'HOOK', status: 'RUNNING' },
        hook: { name: 'approve', title: 'Hook', status: 'WAITING', expiresAt: null },
      });
      expect(await store.openHook(first.claim, asked, hookStart())).toEqual(opened);
      const second = await claim(runId);
      expect(second.steps).toEqual([]);
      expect(await store.openHook(second.claim, asked, hookStart())).toEqual(opened);
      expect((await fixture.read(runId)).hooks).toMatchObject([{ name: 'approve', status: 'WAITING' }]);
    });

    it('suspends its run until it is answered, and gives the answer to the next claim, as progress', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      const { step, hook } = await store.openHook(held, { ...start('approve'), kind: 'HOOK' }, hookStart());
      const checkpoint = { segments: [segmentOf(1, textPart('0', 'so far'))], cursor: cursorAt(held.epoch, 3) };
      const suspended = await store.suspendRun(held, [step.id], checkpoint);
      expect(suspended).toEqual({ kind: 'suspended', at: expect.any(String), wakeInMs: null });
      // The reply may have been lost.
      expect(await store.suspendRun(held, [step.id], checkpoint)).toEqual(suspended);
      expect(await fixture.read(runId)).toMatchObject({
        status: 'WAITING',
        workflow: { status: 'WAITING', cursor: checkpoint.cursor },
        answer: { chunks: [opening(held), ...textPart('0', 'so far')] },
      });
      await expect(store.startStep(held, start('late'))).rejects.toBeInstanceOf(FencedError);

      expect(await store.claimRun(runId)).toEqual({ kind: 'nothing-to-do' });
      const { workflowId } = held;
      const shown = { workflowId, epoch: held.epoch + 1, ends: [], events: [], closes: false };
      expect(fixture.opened.at(-1)).toEqual({ type: 'open-epoch', ...shown });
      expect((await fixture.read(runId)).workflow).toMatchObject({
        status: 'WAITING',
        cursor: cursorAt(held.epoch + 1, 0),
      });
      await fixture.answer(hook?.id as HookId, { zeta: 1, approved: true });
      expect(await fixture.read(runId)).toMatchObject({ status: 'QUEUED', workflow: { status: 'GENERATING' } });
      const next = await claim(runId);
      expect(next.steps).toMatchObject([{ name: 'approve', kind: 'HOOK', error: null }]);
      expect(JSON.stringify(next.steps[0]?.output)).toBe('{"zeta":1,"approved":true}');
      expect(next.chunks.at(-1)).toMatchObject({ type: 'data-hook', id: hook?.id });
    });

    it('answered while its run is under way is settled for the claim, which is not suspended', async () => {
      const { claim: held } = await submitAndClaim();
      const { step, hook } = await store.openHook(held, { ...start('approve'), kind: 'HOOK' }, hookStart());
      await fixture.answer(hook?.id as HookId, { approved: true });
      expect((await fixture.read(held.runId)).status).toBe('RUNNING');
      const woken = await store.suspendRun(held, [step.id], { segments: [], cursor: cursorAt(held.epoch, 0) });
      expect(woken).toMatchObject({
        kind: 'woken',
        waits: [
          {
            step: { status: 'SUCCEEDED' },
            hook: { status: 'RESOLVED' },
            stored: { output: { approved: true }, error: null },
          },
        ],
      });
    });

    it('that expires fails its step, and wakes the run', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      const { step } = await store.openHook(held, { ...start('approve'), kind: 'HOOK' }, hookStart(600_000));
      const suspended = await store.suspendRun(held, [step.id], {
        segments: [],
        cursor: cursorAt(held.epoch, 0),
      });
      expect(suspended).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
      expect((await store.claimRun(runId)).kind).toBe('nothing-to-do');
      await fixture.endWaits(runId);
      const next = await claim(runId);
      expect(next.steps).toMatchObject([{ name: 'approve', error: { code: 'HOOK_EXPIRED' } }]);
      const { hooks, history } = await fixture.read(runId);
      expect(hooks).toMatchObject([{ status: 'EXPIRED' }]);
      expect(history).toContain('hook_expired');
    });

    it('asks anew when a person retries a run that it failed', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      const asked = { ...start('approve'), kind: 'HOOK' } as const;
      const { step } = await store.openHook(held, asked, hookStart(600_000));
      await fixture.endWaits(runId);
      const [expired] = await store.settleWaits(held, [step.id]);
      const error = expired?.stored.error;
      if (!error) throw new Error('The hook has not expired.');
      await store.finishRun(held, { status: 'FAILED', error, failedStepIds: [step.id] }, null);
      await fixture.retry(runId);
      const next = await claim(runId);
      expect(next.steps).toEqual([]);
      expect((await store.openHook(next.claim, asked, hookStart())).hook).toMatchObject({ status: 'WAITING' });
      expect((await fixture.read(runId)).hooks.map(({ status }) => status)).toEqual(['EXPIRED', 'WAITING']);
    });

    it('keeps an answer that came before the run was canceled, for when it is retried', async () => {
      const { claim: held } = await submitAndClaim();
      const asked = { ...start('approve'), kind: 'HOOK' } as const;
      const { hook } = await store.openHook(held, asked, hookStart());
      await fixture.answer(hook?.id as HookId, { approved: true });
      await fixture.cancel(held.runId);
      await fixture.retry(held.runId);
      const next = await claim(held.runId);
      const opened = await store.openHook(next.claim, asked, hookStart());
      expect(opened.hook).toMatchObject({ id: hook?.id, status: 'RESOLVED' });
      expect(await store.settleWaits(next.claim, [opened.step.id])).toMatchObject([
        { stored: { output: { approved: true } } },
      ]);
    });

    it('is canceled with its run, and told before the end', async () => {
      const { claim: held } = await submitAndClaim();
      const { step } = await store.openHook(held, { ...start('approve'), kind: 'HOOK' }, hookStart());
      await store.suspendRun(held, [step.id], { segments: [], cursor: cursorAt(held.epoch, 0) });
      const ends = await fixture.cancel(held.runId);
      expect(ends).toMatchObject([
        {
          runId: held.runId,
          events: [
            { type: 'hook', hook: { status: 'CANCELED' } },
            { type: 'status', runStatus: 'CANCELED', terminal: true },
          ],
        },
      ]);
      expect(await fixture.read(held.runId)).toMatchObject({ status: 'CANCELED', workflow: { status: 'IDLE' } });
    });
  });

  describe('a sleep', () => {
    it('is over when its time has come, and not before', async () => {
      const { claim: held } = await submitAndClaim();
      const opened = await store.openSleep(held, sleep(), 600_000);
      expect(opened).toMatchObject({ step: { kind: 'SLEEP', status: 'RUNNING' }, hook: null });
      expect(await store.openSleep(held, sleep(), 5)).toEqual(opened);
      expect(await store.settleWaits(held, [opened.step.id])).toEqual([]);
      const suspended = await store.suspendRun(held, [opened.step.id], {
        segments: [],
        cursor: cursorAt(held.epoch, 0),
      });
      const { wakeInMs } = suspended as { wakeInMs: number };
      expect(wakeInMs).toBeGreaterThan(500_000);
      expect(wakeInMs).toBeLessThanOrEqual(600_000);
      expect((await store.claimRun(held.runId)).kind).toBe('nothing-to-do');
      await fixture.endWaits(held.runId);
      expect((await claim(held.runId)).steps).toMatchObject([{ name: 'sleep', output: null, error: null }]);
    });

    it('that is settled is told again to the claim that asks again', async () => {
      const { claim: held } = await submitAndClaim();
      const slept = await store.openSleep(held, sleep(), 0);
      const open = await store.openSleep(held, sleep(1), 600_000);
      const asked = [slept.step.id, open.step.id];
      const once = await store.settleWaits(held, asked);
      expect(once.map(({ stored }) => stored.id)).toEqual([slept.step.id]);
      expect(await store.settleWaits(held, asked)).toEqual(once);
      const checkpoint = { segments: [], cursor: cursorAt(held.epoch, 0) };
      expect(await store.suspendRun(held, asked, checkpoint)).toEqual({ kind: 'woken', waits: once });
      expect(await store.settleWaits(held, [open.step.id])).toEqual([]);
    });

    it('goes on while its run is given back, and counts as progress when it is over', async () => {
      const { runId } = await fixture.submit();
      for (let attempt = 1; attempt <= 2; attempt++) {
        const { claim: held } = await claim(runId);
        if (attempt === 1) await store.openSleep(held, sleep(), 600_000);
      }
      await fixture.endWaits(runId);
      for (let attempt = 3; attempt <= 5; attempt++) expect((await store.claimRun(runId)).kind).toBe('claimed');
      expect((await store.claimRun(runId)).kind).toBe('exhausted');
    });
  });

  describe('a takeover', () => {
    it('rebuilds the message from stored steps in the order of their commits and drops the rest', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      const slow = await store.startStep(held, start('slow'));
      const fast = await store.startStep(held, start('fast'));
      await store.completeStep(held, fast.step.id, stepResult({ chunks: textPart('f', 'fast') }), null);
      await store.completeStep(held, slow.step.id, stepResult({ chunks: textPart('s', 'slow') }), null);
      await store.startStep(held, start('lost'));
      await store.checkpoint(held, {
        segments: [
          segmentOf(1, textPart('f', 'fast')),
          segmentOf(4, [...textPart('s', 'slow'), { type: 'text-start', id: 'half' }]),
        ],
        cursor: cursorAt(held.epoch, 7),
      });

      const second = await claim(runId);
      const expected = [opening(held), ...textPart('f', 'fast'), ...textPart('s', 'slow')];
      expect(second.claim).toMatchObject({ epoch: 2, attempt: 2, messageId: held.messageId });
      expect(second.steps.map((step) => step.name)).toEqual(['fast', 'slow']);
      expect(second.chunks).toEqual(expected);
      // What was taken back keeps its indexes.
      expect(second.nextIndex).toBe(8);
      const { answer, workflow, history } = await fixture.read(runId);
      expect(answer).toMatchObject({ chunks: expected, complete: false });
      expect(workflow.cursor).toBe(cursorAt(2, 0));
      expect(await stepOf(runId, 'lost')).toMatchObject({ status: 'PENDING' });
      expect(history.filter((type) => type.startsWith('run_'))).toEqual([
        'run_created',
        'run_started',
        'run_taken_over',
      ]);
    });

    it('finds what a step has streamed among everything that was sent, tries that were taken back included', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      const taken: UIMessageChunk[] = [{ type: 'start-step' }, ...textPart('0', 'stale'), { type: 'reset-step' }];
      const { step } = await store.startStep(held, start('said'));
      const lost = await store.startStep(held, start('lost'));
      const sent = [...taken, ...textPart('0', 'fresh'), { type: 'start-step' } as const, ...textPart('1', 'lost')];
      const range = { from: 1, to: 9 };
      await store.checkpoint(held, { segments: [segmentOf(1, sent.slice(0, 3))], cursor: cursorAt(held.epoch, 1) });
      const rest = { segments: [segmentOf(4, sent.slice(3))], cursor: cursorAt(held.epoch, 2) };
      await store.completeStep(held, step.id, stepResult({ chunks: range }), rest);

      const second = await claim(runId);
      const first = [opening(held), { type: 'start-step' }, ...textPart('0', 'fresh')];
      expect(second.chunks).toEqual(first);
      expect(second.nextIndex).toBe(sent.length + 1);
      await store.startStep(second.claim, start('lost'));
      const again = { segments: [segmentOf(90, textPart('1', 'found'))], cursor: cursorAt(second.claim.epoch, 1) };
      await store.completeStep(second.claim, lost.step.id, stepResult({ chunks: { from: 90, to: 93 } }), again);
      expect((await claim(runId)).chunks).toEqual([...first, ...textPart('1', 'found')]);
    });

    it('runs the completion of a run again', async () => {
      const first = await submitAndClaim();
      const { step } = await store.startStep(first.claim, start('last'));
      const checkpoint = { segments: [segmentOf(1, textPart('0', 'one'))], cursor: cursorAt(first.claim.epoch, 3) };
      const result = stepResult({ output: 1, chunks: { from: 1, to: 4 } });
      const last = { stepId: step.id, result, checkpoint };
      const completing = await store.beginCompleting(first.claim, last);
      expect(completing.completed).toMatchObject({ id: step.id, status: 'SUCCEEDED' });
      expect(await store.beginCompleting(first.claim, last)).toEqual(completing);
      expect(await store.beginCompleting(first.claim)).toEqual({ ...completing, completed: null });
      const { runId } = first.claim;
      expect(await fixture.read(runId)).toMatchObject({ status: 'COMPLETING', workflow: { status: 'COMPLETING' } });
      expect((await claim(runId)).chunks).toEqual([opening(first.claim), ...textPart('0', 'one')]);
      expect(await fixture.read(runId)).toMatchObject({ status: 'RUNNING', workflow: { status: 'GENERATING' } });
    });

    it('fails the run after three attempts in a row without a completed step', async () => {
      const { runId } = await fixture.submit();
      for (let attempt = 1; attempt <= 3; attempt++) await claim(runId);
      expect(await store.claimRun(runId)).toEqual({ kind: 'exhausted' });
      expect(fixture.opened.at(-1)).toMatchObject({
        epoch: 4,
        ends: [{ runId, epoch: 4, events: [{ runStatus: 'FAILED', status: 'FAILED', terminal: true }] }],
        closes: true,
      });
      expect(await fixture.read(runId)).toMatchObject({
        status: 'FAILED',
        error: { code: 'ATTEMPTS_EXHAUSTED' },
        workflow: { status: 'FAILED', activeRunId: null, cursor: cursorAt(4, 0) },
        answer: { complete: true },
      });
      expect(await store.claimRun(runId)).toEqual({ kind: 'nothing-to-do' });
    });

    it('does not count attempts that completed a step, nor those that were given back', async () => {
      const { runId } = await fixture.submit();
      for (let attempt = 1; attempt <= 3; attempt++) await runStep(await claim(runId), `step-${attempt}`);
      for (let attempt = 4; attempt <= 8; attempt++) {
        const { claim: held } = await claim(runId);
        await store.releaseRun(held, 'HANDED_BACK');
        await store.releaseRun(held, 'HANDED_BACK');
      }
      for (let attempt = 9; attempt <= 11; attempt++) await claim(runId);
      expect((await store.claimRun(runId)).kind).toBe('exhausted');
    });

    it('gives a released run back as queued, with its unfinished steps pending', async () => {
      const { claim: held } = await submitAndClaim();
      await store.startStep(held, start('interrupted'));
      await store.releaseRun(held, 'HANDED_BACK');
      expect((await fixture.read(held.runId)).status).toBe('QUEUED');
      expect(await stepOf(held.runId, 'interrupted')).toMatchObject({ status: 'PENDING' });
      expect((await claim(held.runId)).lost).toEqual({ attempt: 1, cause: 'HANDED_BACK' });
    });
  });

  describe('a checkpoint', () => {
    it('never goes back: one that is older than the stored message is ignored', async () => {
      const { claim: held } = await submitAndClaim();
      await store.checkpoint(held, { segments: [segmentOf(1, textPart('0', 'new'))], cursor: cursorAt(held.epoch, 5) });
      await store.checkpoint(held, { segments: [segmentOf(1, textPart('0', 'old'))], cursor: cursorAt(held.epoch, 4) });
      const { answer, workflow } = await fixture.read(held.runId);
      expect(answer.chunks).toEqual([opening(held), ...textPart('0', 'new')]);
      expect(workflow.cursor).toBe(cursorAt(held.epoch, 5));
    });

    it('adds what is new, however much of it is stored already', async () => {
      const { claim: held } = await submitAndClaim();
      const [begin, text, end] = textPart('0', 'some') as [UIMessageChunk, UIMessageChunk, UIMessageChunk];
      const first = segmentOf(1, [begin, text]);
      const more: UIMessageChunk = { type: 'text-delta', id: '0', delta: ' more' };
      await store.checkpoint(held, { segments: [first], cursor: cursorAt(held.epoch, 2) });
      await store.checkpoint(held, { segments: [first], cursor: cursorAt(held.epoch, 2) });
      await store.checkpoint(held, { segments: [first, segmentOf(3, [more, end])], cursor: cursorAt(held.epoch, 4) });
      const { answer } = await fixture.read(held.runId);
      expect(answer.chunks).toEqual([opening(held), ...textPart('0', 'some more')]);
      expect((await claim(held.runId)).nextIndex).toBe(5);
    });

    it('never gives an index to a second chunk, whoever ends the message', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId } = held;
      await store.checkpoint(held, {
        segments: [segmentOf(1, textPart('0', 'half'))],
        cursor: cursorAt(held.epoch, 3),
      });
      const second = await claim(runId);
      expect(second.nextIndex).toBe(4);
      await fixture.cancel(runId);
      const canceled = (await fixture.read(runId)).answer.chunks;
      expect(canceled).toEqual([opening(held), { type: 'finish', finishReason: 'other' }]);
      await fixture.retry(runId);
      // The second attempt may have gone on after a gap, and sent as many chunks as it may, before it was canceled.
      expect((await claim(runId)).nextIndex).toBe(4 + 2 * limits.attemptChunks + 1);
    });

    it('counts from where the claim says, also of a run that was canceled before its first claim', async () => {
      const { runId } = await fixture.submit();
      await fixture.cancel(runId);
      await fixture.retry(runId);
      const { claim: held, nextIndex } = await claim(runId);
      const checkpoint = {
        segments: [segmentOf(nextIndex, textPart('0', 'said'))],
        cursor: cursorAt(held.epoch, 1),
      };
      await store.checkpoint(held, checkpoint);
      await store.finishRun(held, success, { ...checkpoint, chunks: [opening(held), ...textPart('0', 'said')] });
      expect(await fixture.read(runId)).toMatchObject({
        status: 'SUCCEEDED',
        answer: { chunks: [opening(held), ...textPart('0', 'said')], complete: true },
      });
    });

    it('is stored together with the step that it comes with', async () => {
      const { claim: held } = await submitAndClaim();
      const { step } = await store.startStep(held, start('text'));
      const checkpoint = { segments: [segmentOf(1, textPart('0', 'done'))], cursor: cursorAt(held.epoch, 3) };
      await store.completeStep(held, step.id, stepResult(), checkpoint);
      expect((await fixture.read(held.runId)).answer.chunks).toEqual([opening(held), ...textPart('0', 'done')]);
    });
  });

  describe('the end of a run', () => {
    it('stores the message, the title, the revision and every status at once', async () => {
      const { claim: held } = await submitAndClaim();
      const { runId, epoch } = held;
      const outcome = { status: 'SUCCEEDED', title: 'Form to chat', saveRevision: true } as const;
      const checkpoint = { segments: [segmentOf(1, textPart('0', 'done'))], cursor: cursorAt(epoch, 4) };
      const message = { ...checkpoint, chunks: [opening(held), ...textPart('0', 'done')] };
      expect(await store.finishRun(held, outcome, message)).toMatchObject({ runId, epoch });
      expect(await fixture.read(runId)).toMatchObject({
        status: 'SUCCEEDED',
        error: null,
        workflow: { status: 'IDLE', title: 'Form to chat', cursor: checkpoint.cursor, activeRunId: null },
        answer: { complete: true, chunks: [opening(held), ...textPart('0', 'done')] },
        revisions: [{ revision: 0, runId }],
      });
    });

    it('is stored together with the last result, or neither is', async () => {
      const { claim: held } = await submitAndClaim();
      const { step } = await store.startStep(held, start('last'));
      const last = { stepId: step.id, result: stepResult({ output: 7 }), checkpoint: null };
      const end = await store.finishRun(held, success, null, last);
      expect(end?.events).toMatchObject([
        { type: 'step', step: { id: step.id, status: 'SUCCEEDED' } },
        { type: 'status', runStatus: 'SUCCEEDED', terminal: true },
      ]);
      const { history } = await fixture.read(held.runId);
      expect(history.slice(-2)).toEqual(['step_completed', 'run_succeeded']);
      expect(await stepOf(held.runId, 'last')).toMatchObject({ status: 'SUCCEEDED', output: 7 });
      // As after a lost reply.
      expect(await store.finishRun(held, success, null, last)).toEqual(end);

      const { claim: canceled } = await submitAndClaim();
      const open = await store.startStep(canceled, start('last'));
      await fixture.cancel(canceled.runId);
      const before = await fixture.everything();
      const tooLate = store.finishRun(canceled, success, null, { ...last, stepId: open.step.id });
      await expect(tooLate).rejects.toBeInstanceOf(FencedError);
      expect(await fixture.everything()).toEqual(before);
    });

    it('happens once: the same is answered alike, another one with nothing, and neither changes anything', async () => {
      const { claim: held } = await submitAndClaim();
      const end = await store.finishRun(held, success, null);
      expect(end).not.toBeNull();
      const before = await fixture.everything();
      expect(await store.finishRun(held, success, null)).toEqual(end);
      expect(await store.finishRun(held, { status: 'CANCELED' }, null)).toBeNull();
      expect(await fixture.everything()).toEqual(before);
    });

    it('does not happen to a run that a person has queued again since', async () => {
      const { claim: held } = await submitAndClaim();
      const failed = { status: 'FAILED', error: runErrorInfo('INTERNAL') } as const;
      await store.finishRun(held, failed, null);
      await fixture.retry(held.runId);
      await expect(store.finishRun(held, failed, null)).rejects.toBeInstanceOf(FencedError);
      expect(await fixture.read(held.runId)).toMatchObject({ status: 'QUEUED', error: null });
    });

    it('keeps the reason of a failure and leaves the title alone', async () => {
      const { claim: held, prompt } = await submitAndClaim();
      const error = runErrorInfo('MODEL_REFUSED');
      await store.finishRun(held, { status: 'FAILED', error }, null);
      expect(await fixture.read(held.runId)).toMatchObject({
        status: 'FAILED',
        error,
        workflow: { status: 'FAILED', title: prompt },
      });
    });

    it('takes the failures that caused it out of the history, so that a retry executes those steps again', async () => {
      const { claim: held } = await submitAndClaim();
      const error = runErrorInfo('STEP_FAILED');
      const fail = async (name: string) => {
        const { step } = await store.startStep(held, { ...start(name), askedAfter: name === 'caught' ? 0 : 1 });
        await store.failStepTry(held, step.id, { error, retryInMs: null, usage: null });
        return step.id;
      };
      await fail('caught');
      const failedStepIds = [await fail('last')];
      await store.finishRun(held, { status: 'FAILED', error, failedStepIds }, null);
      await fixture.retry(held.runId);
      expect((await claim(held.runId)).steps.map(({ name }) => name)).toEqual(['caught']);
    });

    it('stores a revision only once when later runs change nothing', async () => {
      const { claim: first } = await submitAndClaim();
      const { workflowId } = first;
      await store.finishRun(first, { ...success, saveRevision: true }, null);
      const { claim: second } = await submitAndClaim({ workflowId });
      expect(await store.finishRun(second, { ...success, saveRevision: true }, null)).not.toBeNull();
      const { claim: third } = await submitAndClaim({ workflowId });
      const { step } = await store.startStep(third, { ...start('add'), kind: 'TOOL_CALL' });
      await store.completeGraphStep(third, step.id, (graph) => ({
        ...stepResult(),
        chunks: [],
        graph,
        patch: { ...emptyPatch(), removeNodeIds: ['gone'] },
        issues: [],
      }));
      await store.finishRun(third, { ...success, saveRevision: true }, null);
      const { revisions } = await fixture.read(third.runId);
      expect(revisions.map((row) => [row.revision, row.runId])).toEqual([
        [1, third.runId],
        [0, first.runId],
      ]);
    });

    it('leaves no step and no try open, and tells of the steps', async () => {
      const { claim: held } = await submitAndClaim();
      await store.startStep(held, start('open'));
      const end = await store.finishRun(held, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
      const step = await stepOf(held.runId, 'open');
      expect(step.status).toBe('CANCELED');
      expect(step.tries[0]?.finishedAt).toBeInstanceOf(Date);
      expect(end?.events).toMatchObject([
        { type: 'step', step: { name: 'open', status: 'CANCELED' } },
        { type: 'status', runStatus: 'FAILED', terminal: true },
      ]);
    });

    it('is recorded as told only after it happened, and readers then start behind it', async () => {
      const { claim: held } = await submitAndClaim();
      const end = cursorAt(held.epoch, 7);
      await expect(store.markStreamClosed(held, end)).rejects.toThrow('not closed');
      await store.finishRun(held, success, { segments: [], cursor: cursorAt(held.epoch, 6), chunks: [opening(held)] });
      await store.markStreamClosed(held, end);
      await store.markStreamClosed(held, end);
      expect((await fixture.read(held.runId)).workflow.cursor).toBe(end);
      const next = await submitAndClaim({ workflowId: held.workflowId });
      expect(next.ends).toEqual([]);
    });

    it('is behind readers also when a retry was quicker, whose own end is still to be told', async () => {
      const { claim: held } = await submitAndClaim();
      const end = cursorAt(held.epoch, 7);
      const failed = { status: 'FAILED', error: runErrorInfo('INTERNAL') } as const;
      await store.finishRun(held, failed, { segments: [], cursor: cursorAt(held.epoch, 6), chunks: [opening(held)] });
      await fixture.retry(held.runId);
      await store.markStreamClosed(held, end);
      expect((await fixture.read(held.runId)).workflow.cursor).toBe(end);
      expect(await fixture.cancel(held.runId)).toMatchObject([{ runId: held.runId }]);
    });
  });
}
