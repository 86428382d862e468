/**
 * A viewer of one workflow's stream that keeps all it was given, and the checker that every delivery must pass. Owns
 * the rules of delivery as a client sees them.
 */
import { createHash } from 'node:crypto';
import { readUIMessageStream, type UIMessage } from 'ai';
import type { Client } from 'graphql-ws';
import { ChunkCompactor, type UIMessageChunk } from '#libs/contracts';
import type { WorkflowAnswer } from './graphql-api.ts';
import { until } from './until.ts';

const document = `subscription($workflowId: ID!, $cursor: Cursor) {
  workflowStream(workflowId: $workflowId, cursor: $cursor) {
    cursor caughtUp
    events {
      __typename
      ... on StreamSnapshot { reason workflow { id status cursor activeRun { id } messages { id role complete chunks }
        graph { revision nodes { id } edges { id } } } }
      ... on MessageChunks { messageId runId chunks textDelta }
      ... on StatusChanged { endedRunId: runId status runStatus terminal error { code message } }
      ... on StepChanged { step { id name status kind } }
      ... on GraphPatched { revision upsertNodes { id } removeNodeIds upsertEdges { id } removeEdgeIds }
      ... on AttemptFailed { runId attempt message willRetry nextRetryAt }
    }
  }
}`;

export interface ViewedEvent {
  __typename: string;
  reason?: string;
  workflow?: WorkflowAnswer;
  messageId?: string;
  chunks?: UIMessageChunk[];
  terminal?: boolean;
  runId?: string;
  /** `StatusChanged.runId`, which may be null and therefore needs a name of its own beside the other events'. */
  endedRunId?: string;
  status?: string;
  runStatus?: string;
  willRetry?: boolean;
  [key: string]: unknown;
}

export interface ViewedBatch {
  cursor: string;
  caughtUp: boolean;
  events: ViewedEvent[];
}

/** Epoch and sequence of a client's cursor. Only the checker looks inside one. */
function placeOf(cursor: string): [number, number] {
  const match = /(\d+)-(\d+)/.exec(cursor);
  if (!match) throw new Error(`Not a cursor: ${cursor}`);
  return [Number(match[1]), Number(match[2])];
}

export class StreamViewer {
  readonly batches: ViewedBatch[] = [];
  private socket: Client;
  private readonly workflowId: string;
  /** Messages as this viewer has folded them, by id. */
  private readonly messages = new Map<string, ChunkCompactor>();
  private unsubscribe: (() => void) | null = null;
  /** What comes from an earlier subscription, such as the cut of its socket, is not for this one. */
  private subscription: object | null = null;
  failure: unknown = null;
  /** Told of every event as it is delivered. */
  onEvent: ((event: ViewedEvent) => void) | null = null;
  ended = false;
  cursor: string | null;
  private shownAsOver = false;
  private readonly endedRuns = new Set<string>();

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
          if (data) this.apply(data.workflowStream);
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

  /** Subscribes again, over another socket, from the last applied cursor. */
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
    this.replaceMessages(workflow);
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
    await this.until(() => this.sawTheEndOf(runId), `a viewer sees the end of ${runId}`, timeoutMs);
  }

  /** Whether the run's end was delivered, as an event or inside a snapshot. */
  sawTheEndOf(runId: string): boolean {
    return this.shownAsOver || this.endedRuns.has(runId);
  }

  /** Throws when cursors do not rise strictly, or a run ends that has not gone on since it ended before. */
  assertExact(): void {
    for (let at = 1; at < this.batches.length; at++) {
      const [before, after] = [this.batches[at - 1], this.batches[at]];
      if (!before || !after || after.events.length === 0) continue;
      // After a loss Postgres may know less than was shown.
      if (after.events.some(({ reason }) => reason === 'CURSOR_EXPIRED')) continue;
      const [e1, s1] = placeOf(before.cursor);
      const [e2, s2] = placeOf(after.cursor);
      const repeatsPlace = after.events.some((event) => event.__typename === 'StreamSnapshot');
      if (e2 < e1 || (e2 === e1 && (repeatsPlace ? s2 < s1 : s2 <= s1))) {
        throw new Error(`Cursors must rise: ${before.cursor} was followed by ${after.cursor}.`);
      }
    }
    const over = new Set<string>();
    for (const event of this.events) {
      const runId = event.endedRunId ?? event.workflow?.activeRun?.id;
      if (!runId) continue;
      if (event.terminal && over.has(runId)) throw new Error(`${runId} ended twice.`);
      if (event.terminal) over.add(runId);
      else over.delete(runId);
    }
  }

  /** The message as this viewer shows it. */
  async message(messageId: string): Promise<UIMessage | null> {
    return foldChunks(this.messages.get(messageId)?.toChunks() ?? []);
  }

  /** A second viewer that has what this one has now and goes on from its cursor, over another socket. */
  fork(socket: Client): StreamViewer {
    const other = new StreamViewer(socket, this.workflowId, this.cursor);
    for (const [id, compactor] of this.messages) other.messages.set(id, new ChunkCompactor(compactor.toChunks()));
    return other;
  }

  /**
   * The one check of every delivery. Throws unless cursors rose strictly, each end of a run came at most once as an event
   * (once for those who were told by no snapshot), and every message of the assistant folds to what Postgres holds, by hash:
   * a chunk that is missing, doubled or out of order changes it.
   */
  async assertSameAs(workflow: WorkflowAnswer, runId: string): Promise<void> {
    this.assertExact();
    if (!this.sawTheEndOf(runId)) throw new Error(`The end of ${runId} was not delivered.`);
    for (const message of workflow.messages.filter(({ role }) => role === 'assistant')) {
      const stored = await foldedHash(message.chunks as UIMessageChunk[]);
      const viewed = await foldedHash(this.messages.get(message.id)?.toChunks() ?? []);
      if (viewed !== stored) throw new Error(`${message.id} is not what Postgres holds: ${viewed}, not ${stored}.`);
    }
  }

  /** Takes a batch as if it had been delivered. */
  apply(batch: ViewedBatch): void {
    this.batches.push(batch);
    this.cursor = batch.cursor;
    for (const event of batch.events) {
      if (event.workflow) this.replaceMessages(event.workflow);
      if (event.workflow && ['IDLE', 'FAILED'].includes(event.workflow.status)) this.shownAsOver = true;
      if (event.terminal && event.endedRunId) this.endedRuns.add(event.endedRunId);
      if (event.__typename === 'MessageChunks' && event.messageId && event.chunks) {
        this.compactorOf(event.messageId).push(event.chunks);
      }
      this.onEvent?.(event);
    }
  }

  private replaceMessages(workflow: Pick<WorkflowAnswer, 'messages'>): void {
    this.messages.clear();
    for (const message of workflow.messages) {
      this.messages.set(message.id, new ChunkCompactor(message.chunks as UIMessageChunk[]));
    }
  }

  private compactorOf(messageId: string): ChunkCompactor {
    let compactor = this.messages.get(messageId);
    if (!compactor) {
      compactor = new ChunkCompactor();
      this.messages.set(messageId, compactor);
    }
    return compactor;
  }
}

const foldedHashes = new Map<string, Promise<string>>();

/** The hash of what a chunk list folds to. A thousand viewers with one list fold it once. */
function foldedHash(chunks: readonly UIMessageChunk[]): Promise<string> {
  const key = hashOf(chunks);
  const known = foldedHashes.get(key);
  if (known) return known;
  const hash = foldChunks(chunks).then((message) => hashOf(message?.parts));
  foldedHashes.set(key, hash);
  return hash;
}

/** Postgres keeps no order of keys. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null, sortKeys))
    .digest('hex');
}

/** The AI SDK's own fold of a chunk list, as plain JSON. */
export async function foldChunks(chunks: readonly UIMessageChunk[]): Promise<UIMessage | null> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(structuredClone(chunk));
      controller.close();
    },
  });
  let last: UIMessage | null = null;
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
  return last && JSON.parse(JSON.stringify(last));
}
