/**
 * The records of the in-memory store: the rows that an adapter keeps in tables, as one document per workflow, and a clock
 * in place of the database's.
 */
import {
  type AttemptLossCause,
  type ChunkRange,
  type Cursor,
  type HookEvent,
  type HookId,
  type HookStatus,
  type JsonValue,
  type MessageId,
  type MessageSegment,
  newId,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  type StepId,
  type StepKind,
  type StepStatus,
  type StepSummary,
  type UIMessageChunk,
  type Usage,
  type UserId,
  type WorkerId,
  type WorkflowId,
  type WorkflowStatus,
} from '#libs/contracts';
import type { GraphIssue, WorkflowGraph } from '#libs/graph';
import { type Duration, durationMs } from '../hook.js';

/** A clock that stands still until a test moves it: a sleep of three days can be over at once. */
export class TestClock {
  private at: number;

  constructor(start: Date = new Date('2026-01-01T00:00:00.000Z')) {
    this.at = start.getTime();
  }

  now(): Date {
    return new Date(this.at);
  }

  /** Moves the clock forward by milliseconds, or by a text such as `90s` or `2d`. */
  advance(by: Duration): void {
    this.at += durationMs(by);
  }
}

/** A try of a step. */
export interface TryRecord {
  /** 1 for the first try of the step, counted over all attempts at the run. */
  number: number;
  epoch: number;
  /** How often a person had retried the run by then. */
  afterRetries: number;
  startedAt: Date;
  finishedAt: Date | null;
  error: RunErrorInfo | null;
  nextRetryAt: Date | null;
  usage: Usage | null;
}

export interface StepRecord {
  id: StepId;
  name: string;
  occurrence: number;
  kind: StepKind;
  status: StepStatus;
  input: JsonValue;
  inputHash: string;
  output: JsonValue;
  error: RunErrorInfo | null;
  usage: Usage | null;
  /** What the step added to the message. */
  chunks: UIMessageChunk[] | ChunkRange;
  /** The order in which the run's steps were settled; `null` until then. */
  commitPosition: number | null;
  askedAfter: number | null;
  /** When a sleep ends or a hook expires. */
  wakeAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  tries: TryRecord[];
}

export interface HookRecord {
  id: HookId;
  stepId: StepId;
  name: string;
  title: string;
  status: HookStatus;
  tokenHash: string;
  schema: JsonValue;
  payload: JsonValue;
  resolvedBy: UserId | null;
  resolvedAt: Date | null;
  expiresAt: Date | null;
}

/** A row of a run's append-only history. */
export interface HistoryRecord {
  type: string;
  stepId: StepId | null;
  data: JsonValue;
  at: Date;
}

/** The assistant's message of a run. */
export interface AnswerRecord {
  id: MessageId;
  chunks: UIMessageChunk[];
  /** Everything appended to it, also what was taken back. */
  segments: MessageSegment[];
  /** The index of the next chunk that is appended. */
  nextIndex: number;
  /** Whether its run has ended. */
  complete: boolean;
}

export interface RunRecord {
  id: RunId;
  workflowId: WorkflowId;
  agent: string;
  prompt: string;
  timeZone: string | null;
  status: RunStatus;
  epoch: number | null;
  attempts: number;
  attemptsWithoutProgress: number;
  /** How often a person has retried it. */
  retries: number;
  heldBy: WorkerId | null;
  lostAs: AttemptLossCause | null;
  error: RunErrorInfo | null;
  usage: Usage | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Whether its terminal event is known to be in the stream. */
  streamClosed: boolean;
  answer: AnswerRecord;
  steps: StepRecord[];
  hooks: HookRecord[];
  history: HistoryRecord[];
}

export interface WorkflowRecord {
  id: WorkflowId;
  ownerId: UserId;
  title: string;
  titleIsOwn: boolean;
  agent: string;
  status: WorkflowStatus;
  statusSince: Date;
  epoch: number;
  /** The position in the stream as of which the answers are stored. */
  cursor: Cursor;
  graph: WorkflowGraph;
  graphIssues: GraphIssue[];
  graphRevision: number;
  activeRunId: RunId | null;
  revisions: { revision: number; runId: RunId; graph: WorkflowGraph; issues: GraphIssue[] }[];
  /** Oldest first. */
  runs: RunRecord[];
}

/** All records of a store, read and written synchronously: everything done in one turn of the event loop is one transaction. */
export class MemoryRecords {
  readonly workflows = new Map<WorkflowId, WorkflowRecord>();
  private readonly runs = new Map<RunId, RunRecord>();
  private readonly workers = new Map<WorkerId, AttemptLossCause | null>();

  constructor(readonly clock: TestClock) {}

  addRun(workflow: WorkflowRecord, run: RunRecord): void {
    this.workflows.set(workflow.id, workflow);
    workflow.runs.push(run);
    this.runs.set(run.id, run);
  }

  run(id: RunId): RunRecord | null {
    return this.runs.get(id) ?? null;
  }

  /** Throws when there is no such workflow. */
  workflow(id: WorkflowId): WorkflowRecord {
    const workflow = this.workflows.get(id);
    if (!workflow) throw new Error(`There is no workflow ${id}.`);
    return workflow;
  }

  record(run: RunRecord, type: string, data: JsonValue, stepId: StepId | null = null): void {
    run.history.push({ type, stepId, data: structuredClone(data), at: this.clock.now() });
  }

  setStatus(workflow: WorkflowRecord, status: WorkflowStatus): void {
    if (workflow.status !== status) workflow.statusSince = this.clock.now();
    workflow.status = status;
  }

  registerWorker(): WorkerId {
    const worker = newId('worker');
    this.workers.set(worker, null);
    return worker;
  }

  endWorker(worker: WorkerId, cause: AttemptLossCause): void {
    this.workers.set(worker, cause);
  }

  /** Why the worker has gone; `null` while it lives. */
  goneAs(worker: WorkerId): AttemptLossCause | null {
    const cause = this.workers.get(worker);
    return cause === undefined ? 'KILLED' : cause;
  }
}

export function stepSummary(run: RunRecord, step: StepRecord): StepSummary {
  const { id, name, kind, status, error, usage, startedAt, finishedAt } = step;
  return {
    id,
    runId: run.id,
    name,
    kind,
    status,
    error,
    usage,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

export function hookSummary(run: RunRecord, hook: HookRecord): HookEvent['hook'] {
  const { id, name, title, status, resolvedBy, resolvedAt, expiresAt } = hook;
  return {
    id,
    runId: run.id,
    name,
    title,
    status,
    resolvedBy,
    resolvedAt: resolvedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

/** The step's newest hook: a step that is tried again opens a new one. */
export function hookOf(run: RunRecord, stepId: StepId): HookRecord | null {
  return run.hooks.findLast((hook) => hook.stepId === stepId) ?? null;
}

/** Steps in the order in which they were settled. */
export function settledSteps(run: RunRecord): StepRecord[] {
  return run.steps
    .filter((step) => step.commitPosition !== null)
    .sort((a, b) => (a.commitPosition ?? 0) - (b.commitPosition ?? 0));
}

/** Positions only grow: a step that is tried again leaves a gap. */
export function nextCommitPosition(run: RunRecord): number {
  return run.steps.reduce((last, step) => Math.max(last, step.commitPosition ?? 0), 0) + 1;
}
