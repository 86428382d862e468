/**
 * The engine's run store in memory, for tests of agents and of the engine. It keeps every promise of the port except
 * durability, and passes the same test suite as the Postgres store.
 */
import { setImmediate } from 'node:timers/promises';
import {
  type AttemptLossCause,
  addUsage,
  type Cursor,
  chunksIn,
  compactChunks,
  compareCursors,
  cursorParts,
  type GraphEvent,
  hookPart,
  isTerminalRunStatus,
  type JsonValue,
  type RunId,
  runErrorInfo,
  type StepId,
  type StepSummary,
  type UIMessageChunk,
  workflowStatusFor,
} from '#libs/contracts';
import { graphEvent, isEmptyPatch, type WorkflowGraph } from '#libs/graph';
import { FencedError } from '../errors.js';
import type { Committed, PerformEffects } from '../ports/effects.port.js';
import type {
  Claimant,
  ClaimedRun,
  ClaimResult,
  CompletedStep,
  FailedTry,
  FinalMessage,
  GraphEditOutcome,
  HookStart,
  MessageCheckpoint,
  OpenedWait,
  RunClaim,
  RunOutcome,
  RunStore,
  SettledWait,
  StartedStep,
  StepResult,
  StepStart,
  SuspendResult,
  TryFailure,
} from '../ports/run-store.port.js';
import type { RunEnd } from '../ports/workflow-stream.port.js';
import { MAX_ATTEMPTS_WITHOUT_PROGRESS } from '../timings.js';
import {
  hookOf,
  MemoryRecords,
  nextCommitPosition,
  type RunRecord,
  type StepRecord,
  settledSteps,
  stepSummary,
  TestClock,
  type WorkflowRecord,
} from './memory-records.js';
import { addStep, askAgain, beginTry, findStep, nextWake, refuseStored, stepOf, storeResult } from './memory-steps.js';
import {
  closeAnswer,
  complete,
  conversationBefore,
  endRun,
  freshEnd,
  loseAttempt,
  nextEpoch,
  openedWait,
  overdueWaits,
  publishing,
  saveRevision,
  settleWaits,
  storeCheckpoint,
  storedStep,
  unpublishedEnds,
} from './memory-transitions.js';

interface Held {
  workflow: WorkflowRecord;
  run: RunRecord;
}

export class MemoryRunStore implements RunStore {
  readonly records: MemoryRecords;

  /**
   * @param perform gets the epochs to open that no worker holds, also from `MemoryCommands`; lists of workflows are not
   *   notified
   */
  constructor(
    readonly clock: TestClock = new TestClock(),
    readonly perform: PerformEffects = () => undefined,
  ) {
    this.records = new MemoryRecords(clock);
  }

  async claimRun(runId: RunId, claimant: Claimant | null = null): Promise<ClaimResult> {
    const { result, effects } = await this.commit((): Committed<ClaimResult> => {
      const nothingToDo = { result: { kind: 'nothing-to-do' }, effects: [] } as const;
      const run = this.records.run(runId);
      if (!run || isTerminalRunStatus(run.status)) return nothingToDo;
      if (run.status === 'RUNNING' || run.status === 'COMPLETING') {
        const cause = run.heldBy === null ? 'BROKE_OFF' : this.records.goneAs(run.heldBy);
        if (cause === null) return nothingToDo;
        loseAttempt(this.records, run, cause);
      }
      const workflow = this.records.workflow(run.workflowId);
      if (run.status === 'WAITING' && overdueWaits(this.records, run).length === 0) {
        run.epoch = nextEpoch(workflow);
        return { ...nothingToDo, effects: [publishing(workflow)] };
      }
      const exhausted = run.attemptsWithoutProgress >= MAX_ATTEMPTS_WITHOUT_PROGRESS;
      const isLastAttempt = run.attemptsWithoutProgress === MAX_ATTEMPTS_WITHOUT_PROGRESS - 1;
      if (isLastAttempt && claimant && !claimant.isAlone) return { result: { kind: 'alone-only' }, effects: [] };
      const held = this.takeHold(workflow, run, exhausted ? null : claimant);
      if (!exhausted) {
        return { result: { kind: 'claimed', run: { ...held, ends: unpublishedEnds(workflow) } }, effects: [] };
      }
      closeAnswer(run, 'error');
      endRun(this.records, run, { status: 'FAILED', error: runErrorInfo('ATTEMPTS_EXHAUSTED') }, held.claim.epoch);
      return { result: { kind: 'exhausted' }, effects: [publishing(workflow)] };
    });
    this.perform(effects);
    return result;
  }

  startStep(claim: RunClaim, start: StepStart): Promise<StartedStep> {
    return this.commit(() => beginTry(this.records, this.held(claim).run, claim.epoch, start));
  }

  completeAndStartStep(
    claim: RunClaim,
    last: CompletedStep,
    start: StepStart,
  ): Promise<{ completed: StepSummary; started: StartedStep }> {
    return this.commit(() => {
      const { workflow, run } = this.held(claim);
      refuseStored(findStep(run, start));
      return {
        completed: complete(this.records, workflow, run, last),
        started: beginTry(this.records, run, claim.epoch, start),
      };
    });
  }

  openHook(claim: RunClaim, start: StepStart, hook: HookStart): Promise<OpenedWait> {
    return this.commit(() => {
      const { run } = this.held(claim);
      const opened = findStep(run, start);
      if (opened?.status === 'RUNNING') return openedWait(run, opened);
      const earlier = opened && hookOf(run, opened.id);
      // An answer that came before the run was canceled still counts.
      const answered = earlier?.status === 'RESOLVED' ? earlier : null;
      const mark = hookPart(answered ?? { id: hook.id, name: start.name, title: hook.title });
      const wakeAt = this.inMilliseconds(hook.timeoutMs);
      const step = this.startWait(run, start, opened, wakeAt, [mark]);
      if (answered) return openedWait(run, step);
      run.hooks.push({
        id: hook.id,
        stepId: step.id,
        name: start.name,
        title: hook.title,
        status: 'WAITING',
        tokenHash: hook.tokenHash,
        schema: structuredClone(hook.schema),
        payload: null,
        resolvedBy: null,
        resolvedAt: null,
        expiresAt: wakeAt,
      });
      const data = { hookId: hook.id, name: start.name, expiresAt: wakeAt?.toISOString() ?? null };
      this.records.record(run, 'hook_created', data, step.id);
      return openedWait(run, step);
    });
  }

  openSleep(claim: RunClaim, start: StepStart, durationMs: number): Promise<OpenedWait> {
    return this.commit(() => {
      const { run } = this.held(claim);
      const opened = findStep(run, start);
      if (opened?.status === 'RUNNING') return openedWait(run, opened);
      // A sleep that was canceled with its run keeps its end time.
      const step = this.startWait(run, start, opened, opened?.wakeAt ?? this.inMilliseconds(durationMs), []);
      this.records.record(run, 'sleep_started', { wakeAt: step.wakeAt?.toISOString() ?? null }, step.id);
      return openedWait(run, step);
    });
  }

  settleWaits(claim: RunClaim, stepIds: readonly StepId[]): Promise<SettledWait[]> {
    return this.commit(() => settleWaits(this.records, this.held(claim).run, stepIds));
  }

  suspendRun(claim: RunClaim, stepIds: readonly StepId[], checkpoint: MessageCheckpoint): Promise<SuspendResult> {
    return this.commit((): SuspendResult => {
      const { workflow, run } = this.claimed(claim);
      if (run.status !== 'WAITING') {
        this.held(claim);
        const waits = settleWaits(this.records, run, stepIds);
        if (waits.length > 0) return { kind: 'woken', waits };
        storeCheckpoint(workflow, run, checkpoint);
        Object.assign(run, { status: 'WAITING', attemptsWithoutProgress: 0, heldBy: null });
        this.records.setStatus(workflow, 'WAITING');
        const wakeAt = nextWake(run, stepIds)?.toISOString() ?? null;
        this.records.record(run, 'run_waiting', { epoch: claim.epoch, wakeAt });
      }
      const wakeAt = nextWake(run, stepIds);
      const wakeInMs = wakeAt && Math.max(0, wakeAt.getTime() - this.clock.now().getTime());
      return { kind: 'suspended', at: workflow.statusSince.toISOString(), wakeInMs };
    });
  }

  completeStep(
    claim: RunClaim,
    stepId: StepId,
    result: StepResult,
    checkpoint: MessageCheckpoint | null,
  ): Promise<StepSummary> {
    return this.commit(() => {
      const { workflow, run } = this.held(claim);
      return complete(this.records, workflow, run, { stepId, result, checkpoint });
    });
  }

  completeGraphStep(
    claim: RunClaim,
    stepId: StepId,
    edit: (graph: WorkflowGraph) => GraphEditOutcome,
  ): Promise<{ step: StepSummary; output: JsonValue; chunks: UIMessageChunk[]; event: GraphEvent | null }> {
    return this.commit(() => {
      const { workflow, run } = this.held(claim);
      const step = stepOf(run, stepId);
      if (step.status === 'SUCCEEDED') {
        const { data } = run.history.find((one) => one.type === 'graph_changed' && one.stepId === stepId) ?? {};
        const event = (data ?? null) as GraphEvent | null;
        return { step: stepSummary(run, step), output: step.output, chunks: step.chunks as UIMessageChunk[], event };
      }
      const { graph, patch, issues, ...result } = edit(structuredClone(workflow.graph));
      const event = isEmptyPatch(patch) ? null : graphEvent(workflow.graphRevision + 1, { patch, issues });
      if (event) {
        workflow.graph = structuredClone(graph);
        workflow.graphIssues = structuredClone(issues);
        workflow.graphRevision = event.revision;
        this.records.record(run, 'graph_changed', event as unknown as JsonValue, stepId);
      }
      storeResult(this.records, run, step, result);
      return { step: stepSummary(run, step), output: result.output, chunks: result.chunks, event };
    });
  }

  failStepTry(claim: RunClaim, stepId: StepId, failure: TryFailure): Promise<FailedTry> {
    return this.commit(() => {
      const { run } = this.held(claim);
      const step = stepOf(run, stepId);
      const last = step.tries.at(-1);
      if (step.status !== 'SUCCEEDED' && last && last.finishedAt === null) {
        const { error, retryInMs, usage, chunks = [] } = failure;
        const now = this.clock.now();
        const nextRetryAt = this.inMilliseconds(retryInMs);
        Object.assign(last, { finishedAt: now, error, nextRetryAt, usage });
        run.usage = addUsage(run.usage, usage);
        Object.assign(step, { error, usage: addUsage(step.usage, usage) });
        step.status = retryInMs === null ? 'FAILED' : 'RETRYING';
        if (step.status === 'FAILED') {
          step.chunks = structuredClone(chunks);
          step.finishedAt = now;
          step.commitPosition = nextCommitPosition(run);
        }
        this.records.record(
          run,
          step.status === 'FAILED' ? 'step_failed' : 'step_retrying',
          {
            name: step.name,
            attempt: last.number,
            error: { ...error },
            nextRetryAt: nextRetryAt?.toISOString() ?? null,
          },
          stepId,
        );
      }
      return { step: stepSummary(run, step), nextRetryAt: last?.nextRetryAt?.toISOString() ?? null };
    });
  }

  readGraph(claim: RunClaim): Promise<WorkflowGraph> {
    return this.commit(() => this.records.workflow(claim.workflowId).graph);
  }

  now(): Promise<Date> {
    return this.commit(() => this.clock.now());
  }

  checkpoint(claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
    return this.commit(() => {
      const { workflow, run } = this.claimed(claim);
      if (!isTerminalRunStatus(run.status)) storeCheckpoint(workflow, run, checkpoint);
    });
  }

  beginCompleting(
    claim: RunClaim,
    last: CompletedStep | null = null,
  ): Promise<{ since: string; completed: StepSummary | null }> {
    return this.commit(() => {
      const { workflow, run } = this.held(claim);
      const completed = last && complete(this.records, workflow, run, last);
      if (run.status !== 'COMPLETING') {
        run.status = 'COMPLETING';
        this.records.setStatus(workflow, 'COMPLETING');
        this.records.record(run, 'run_completing', { epoch: claim.epoch });
      }
      return { since: workflow.statusSince.toISOString(), completed };
    });
  }

  finishRun(
    claim: RunClaim,
    outcome: RunOutcome,
    message: FinalMessage | null,
    last: CompletedStep | null = null,
  ): Promise<RunEnd | null> {
    return this.commit(() => {
      const { workflow, run } = this.claimed(claim);
      if (isTerminalRunStatus(run.status)) {
        const isRepeated = run.epoch === claim.epoch && run.status === outcome.status;
        return isRepeated ? freshEnd(run, last && stepSummary(run, stepOf(run, last.stepId))) : null;
      }
      this.held(claim);
      const completed = last && complete(this.records, workflow, run, last);
      if (message) {
        storeCheckpoint(workflow, run, message);
        run.answer.chunks = [...message.chunks];
      }
      if (outcome.status === 'SUCCEEDED') {
        // A title that a person has set in the meantime stays.
        if (outcome.title !== null && !workflow.titleIsOwn) {
          Object.assign(workflow, { title: outcome.title, titleIsOwn: true });
        }
        if (outcome.saveRevision) saveRevision(workflow, run);
      }
      if (outcome.status === 'FAILED') {
        const failed = run.steps.filter((step) => outcome.failedStepIds?.includes(step.id) && step.status === 'FAILED');
        // Without a commit position, a retry executes them again instead of replaying their failures.
        for (const step of failed) step.commitPosition = null;
      }
      endRun(this.records, run, outcome, claim.epoch);
      return freshEnd(run, completed);
    });
  }

  markStreamClosed(claim: RunClaim, cursor: Cursor): Promise<void> {
    return this.commit(() => {
      const { workflow, run } = this.claimed(claim);
      const retried = run.status === 'QUEUED';
      if (!retried && !isTerminalRunStatus(run.status)) {
        throw new Error(`${run.id} is ${run.status}: its stream is not closed.`);
      }
      const isLater = cursorParts(cursor).epoch === workflow.epoch && compareCursors(cursor, workflow.cursor) > 0;
      if (isLater) workflow.cursor = cursor;
      if (!retried) run.streamClosed = true;
    });
  }

  markEndsPublished(ends: readonly RunEnd[]): Promise<void> {
    return this.commit(() => {
      for (const { runId, epoch } of ends) {
        const run = this.records.run(runId);
        if (run?.epoch === epoch && isTerminalRunStatus(run.status)) run.streamClosed = true;
      }
    });
  }

  releaseRun(claim: RunClaim, cause: AttemptLossCause): Promise<void> {
    return this.commit(() => {
      const { run } = this.claimed(claim);
      if (run.status === 'RUNNING' || run.status === 'COMPLETING') loseAttempt(this.records, run, cause);
    });
  }

  holds(claim: RunClaim): Promise<boolean> {
    return this.commit(() => {
      const { epoch } = this.records.workflow(claim.workflowId);
      return epoch === claim.epoch && this.records.run(claim.runId)?.status !== 'QUEUED';
    });
  }

  /** Runs `work` in one turn of the event loop, which makes it one transaction; takes another turn, as a round trip would. */
  private async commit<T>(work: () => T): Promise<T> {
    await setImmediate();
    return structuredClone(work());
  }

  /** Throws `FencedError` when a later epoch has been taken. */
  private claimed(claim: RunClaim): Held {
    const workflow = this.records.workflow(claim.workflowId);
    const run = this.records.run(claim.runId);
    if (workflow.epoch !== claim.epoch || !run) {
      throw new FencedError(`Epoch ${claim.epoch} of ${claim.workflowId} has been superseded.`);
    }
    return { workflow, run };
  }

  /** Throws `FencedError` also when the run has ended, was released or waits. */
  private held(claim: RunClaim): Held {
    const held = this.claimed(claim);
    const { status } = held.run;
    if (status === 'QUEUED' || status === 'WAITING' || isTerminalRunStatus(status)) {
      throw new FencedError(`${claim.runId} is ${status}: this claim does not hold it any more.`);
    }
    return held;
  }

  private takeHold(workflow: WorkflowRecord, run: RunRecord, claimant: Claimant | null): Omit<ClaimedRun, 'ends'> {
    const now = this.clock.now();
    const lost = run.lostAs === null ? null : { attempt: run.attempts, cause: run.lostAs };
    settleWaits(this.records, run, null);
    const steps = settledSteps(run);
    const { answer } = run;
    const added = steps.flatMap(({ chunks }) =>
      Array.isArray(chunks) ? chunks : chunksIn(answer.segments, [chunks]).flat(),
    );
    answer.chunks = compactChunks([{ type: 'start', messageId: answer.id }, ...added]);
    const epoch = nextEpoch(workflow);
    const attempt = run.attempts + 1;
    Object.assign(run, {
      status: 'RUNNING',
      epoch,
      attempts: attempt,
      attemptsWithoutProgress: run.attemptsWithoutProgress + 1,
      heldBy: claimant?.worker ?? null,
      lostAs: null,
    });
    run.startedAt ??= now;
    this.records.setStatus(workflow, workflowStatusFor('RUNNING'));
    this.records.record(run, attempt === 1 ? 'run_started' : 'run_taken_over', { epoch, attempt });
    return {
      claim: {
        runId: run.id,
        workflowId: workflow.id,
        ownerId: workflow.ownerId,
        epoch,
        attempt,
        messageId: answer.id,
      },
      agent: run.agent,
      prompt: run.prompt,
      timeZone: run.timeZone,
      startedAt: run.startedAt.toISOString(),
      claimedAt: now.toISOString(),
      lost,
      title: workflow.titleIsOwn ? workflow.title : null,
      steps: steps.map(storedStep),
      asked: run.steps.flatMap(({ name, occurrence, askedAfter }) =>
        askedAfter === null ? [] : [{ name, occurrence, after: askedAfter }],
      ),
      chunks: answer.chunks,
      nextIndex: answer.nextIndex,
      conversation: conversationBefore(workflow, run),
      graph: workflow.graph,
      graphRevision: workflow.graphRevision,
    };
  }

  private startWait(
    run: RunRecord,
    start: StepStart,
    earlier: StepRecord | null,
    wakeAt: Date | null,
    chunks: UIMessageChunk[],
  ): StepRecord {
    const step = earlier ?? addStep(run, start);
    const startedAt = this.clock.now();
    Object.assign(step, { status: 'RUNNING', chunks, error: null, finishedAt: null, startedAt, wakeAt });
    askAgain(step, start);
    return step;
  }

  private inMilliseconds(duration: number | null): Date | null {
    return duration === null ? null : new Date(this.clock.now().getTime() + Math.round(duration));
  }
}
