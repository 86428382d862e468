/**
 * A subscriber of one workflow's stream that keeps and folds everything it receives, and checks the order of cursors.
 * `DeliveryCheck` judges the result.
 */
import type { UIMessage } from 'ai';
import type { Client } from 'graphql-ws';
import { foldChunks } from './folded-message.ts';
import type { WorkflowAnswer } from './graphql-api.ts';
import { until } from './until.ts';
import { type FoldedWorkflow, type ViewedEvent, ViewedWorkflow } from './viewed-workflow.ts';

const document = `subscription($workflowId: ID!, $cursor: Cursor) {
  workflowStream(workflowId: $workflowId, cursor: $cursor) {
    cursor caughtUp
    events {
      __typename
      ... on StreamSnapshot { reason workflow { id status cursor promptLock { reason message } activeRun { id }
        latestRun { id status } messages(last: 50) { nodes { id role complete chunks } } graph { revision
          nodes { id type label parameters position { x y } } edges { id source target branch }
          issues { code severity message nodeId } } } }
      ... on MessageChunks { messageId runId chunks textDelta }
      ... on StatusChanged { endedRunId: runId status runStatus terminal promptLock { reason message } error { code message } }
      ... on StepChanged { step { id name status kind } }
      ... on GraphPatched { revision upsertNodes { id type label parameters position { x y } } removeNodeIds
        upsertEdges { id source target branch } removeEdgeIds issues { code severity message nodeId } }
      ... on AttemptFailed { runId attempt message willRetry nextRetryAt cause }
    }
  }
}`;

export interface ViewedBatch {
  cursor: string;
  caughtUp: boolean;
  events: ViewedEvent[];
}

/** A batch as received, with the message connection of its snapshot replaced by the plain list. */
function withPlainMessages(batch: ViewedBatch): ViewedBatch {
  const events = batch.events.map((event) => {
    if (!event.workflow) return event;
    const { nodes } = event.workflow.messages as unknown as { nodes: WorkflowAnswer['messages'] };
    return { ...event, workflow: { ...event.workflow, messages: nodes } };
  });
  return { ...batch, events };
}

/** Epoch and sequence of a client's cursor. Only this check parses cursors. */
function placeOf(cursor: string): [number, number] {
  const match = /(\d+)-(\d+)/.exec(cursor);
  if (!match) throw new Error(`Not a cursor: ${cursor}`);
  return [Number(match[1]), Number(match[2])];
}

export class TestSubscriber {
  readonly batches: ViewedBatch[] = [];
  private socket: Client;
  private readonly workflowId: string;
  private workflow = new ViewedWorkflow();
  private unsubscribe: (() => void) | null = null;
  /** Events of an earlier subscription, such as the cut of its socket, are ignored. */
  private subscription: object | null = null;
  failure: unknown = null;
  /** Called with every event as it is delivered. */
  onEvent: ((event: ViewedEvent) => void) | null = null;
  ended = false;
  cursor: string | null;
  /** The last place that the server sent, as opposed to one that a test invented. */
  private place: string | null = null;
  private disorder: string | null = null;
  /** Runs whose end was received and that have not continued since. */
  private readonly over = new Set<string>();

  constructor(socket: Client, workflowId: string, cursor: string | null = null) {
    this.socket = socket;
    this.workflowId = workflowId;
    this.cursor = cursor;
  }

  /** Subscribes from the last applied cursor. */
  open(): this {
    const subscription = {};
    this.subscription = subscription;
    const isCurrent = () => this.subscription === subscription;
    this.ended = false;
    this.unsubscribe = this.socket.subscribe<{ workflowStream: ViewedBatch }>(
      { query: document, variables: { workflowId: this.workflowId, cursor: this.cursor } },
      {
        next: ({ data, errors }) => {
          if (!isCurrent()) return;
          if (errors) this.failure = errors;
          if (data) this.apply(withPlainMessages(data.workflowStream));
        },
        error: (error) => {
          if (isCurrent()) this.failure = error;
        },
        complete: () => {
          if (isCurrent()) this.ended = true;
        },
      },
    );
    return this;
  }

  /** Subscribes again from the last applied cursor, over another socket. */
  reopen(socket: Client): this {
    this.close();
    this.socket = socket;
    this.failure = null;
    return this.open();
  }

  /** The refusal as plain values, for matching. */
  failureDetails(): unknown {
    return this.failure instanceof Error ? this.failure.message : this.failure;
  }

  close(): void {
    this.subscription = null;
    this.unsubscribe?.();
    this.unsubscribe = null;
  }

  /** Starts from a queried workflow instead of a snapshot. */
  hydrate(workflow: WorkflowAnswer): this {
    this.cursor = workflow.cursor;
    this.place = workflow.cursor;
    this.workflow.replace(workflow);
    return this;
  }

  get events(): ViewedEvent[] {
    return this.batches.flatMap((batch) => batch.events);
  }

  terminalEvents(runId: string): ViewedEvent[] {
    return this.events.filter((event) => event.terminal && event.endedRunId === runId);
  }

  /** Waits for a condition; rejects at once when the subscription was refused. */
  until<T>(condition: () => T | Promise<T>, what: string, timeoutMs?: number): Promise<NonNullable<T>> {
    return until(
      () => {
        if (this.failure) throw new Error(`The subscription was refused: ${JSON.stringify(this.failure)}`);
        return condition();
      },
      what,
      timeoutMs,
    );
  }

  /** Waits until the run's end was delivered, as an event or inside a snapshot. */
  async sawEndOf(runId: string, timeoutMs = 60_000): Promise<void> {
    await this.until(() => this.sawTheEndOf(runId), `a subscriber sees the end of ${runId}`, timeoutMs);
  }

  /** Whether the run's end was delivered, as an event or inside a snapshot. */
  sawTheEndOf(runId: string): boolean {
    return this.workflow.hasSeenEndOf(runId);
  }

  /** Throws when a batch was out of order. */
  assertInOrder(): void {
    if (this.disorder) throw new Error(this.disorder);
  }

  /** The message in this subscriber's state. */
  async message(messageId: string): Promise<UIMessage | null> {
    return foldChunks(this.workflow.chunksOf(messageId));
  }

  /** The whole state of this subscriber. */
  fold(): Promise<FoldedWorkflow> {
    return this.workflow.fold();
  }

  /** A second subscriber with the current state of this one, which continues from its cursor over another socket. */
  fork(socket: Client): TestSubscriber {
    const other = new TestSubscriber(socket, this.workflowId, this.cursor);
    other.place = this.place;
    other.workflow = this.workflow.copy();
    return other;
  }

  /** A run ends once, unless it has continued in between. */
  private countEnd(event: ViewedEvent): void {
    const runId = event.endedRunId ?? event.workflow?.activeRun?.id;
    if (!runId) return;
    if (event.terminal && this.over.has(runId)) this.disorder ??= `${runId} ended twice.`;
    if (event.terminal) this.over.add(runId);
    else this.over.delete(runId);
  }

  /** Applies a batch as if it had been delivered. */
  apply(batch: ViewedBatch): void {
    this.disorder ??= disorderOf(this.place, batch);
    this.batches.push(batch);
    this.cursor = batch.cursor;
    this.place = batch.cursor;
    for (const event of batch.events) {
      this.countEnd(event);
      this.workflow.apply(event);
      this.onEvent?.(event);
    }
  }
}

/**
 * What is wrong with a batch after a place: cursors rise strictly; only a snapshot may repeat one or, after a loss, go
 * back.
 */
function disorderOf(before: string | null, { cursor, caughtUp, events }: ViewedBatch): string | null {
  const isSnapshot = events.some((event) => event.__typename === 'StreamSnapshot');
  if (before === null) return isSnapshot ? null : `Events came at ${cursor} before a place was known.`;
  const [e1, s1] = placeOf(before);
  const [e2, s2] = placeOf(cursor);
  const rise = e2 - e1 || s2 - s1;
  if (events.length === 0) {
    return rise === 0 && caughtUp ? null : `A batch without events must repeat ${before} and say so, not ${cursor}.`;
  }
  // After a loss, Postgres may know less than was shown.
  const afterLoss = events.some(({ reason }) => reason === 'CURSOR_EXPIRED');
  if (rise > 0 || (rise === 0 && isSnapshot) || afterLoss) return null;
  return `Cursors must rise: ${before} was followed by ${cursor}.`;
}
