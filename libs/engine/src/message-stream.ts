/**
 * Writes the assistant's message of one attempt to the stream and to Postgres. It knows which chunks are at or before which
 * cursor, so every checkpoint is exact.
 */
import {
  type AppendableEvent,
  ChunkCompactor,
  type ChunksEvent,
  type Cursor,
  closingChunks,
  cursorAt,
  cursorParts,
  FoldableChunks,
  type MessageSegment,
  segmentOf,
  type UIMessageChunk,
} from '#libs/contracts';
import { FencedError } from './errors.js';
import type { ClaimedRun, FinalMessage, MessageCheckpoint, RunClaim, RunStore } from './ports/run-store.port.js';
import type { EpochWriter, WorkflowStreamWriter } from './ports/workflow-stream.port.js';
import { Semaphore } from './semaphore.js';
import { timings } from './timings.js';
import { ToolCallIds } from './tool-call-ids.js';

export interface MessageStreamListener {
  /** Called with the first append or checkpoint that failed: the attempt has to end. */
  onFailure(error: unknown): void;
  /** Called with chunks that readers could not fold after the existing ones, and that are therefore left out. */
  onUnfoldable(chunks: readonly UIMessageChunk[]): void;
}

export class MessageStream {
  /**
   * Held by the one step that adds to the message, from its first chunk until it is settled: parallel branches share the
   * message, and `reset-step` removes everything since the last start-step.
   */
  readonly lock = new Semaphore(1);
  readonly toolCallIds: ToolCallIds;
  /** Acknowledged chunks, except the fresh ones. */
  private readonly packed: ChunkCompactor;
  /** Acknowledged chunks that no checkpoint holds yet. */
  private fresh: UIMessageChunk[] = [];
  /** The index of the first fresh chunk. */
  private freshFrom = 0;
  /** Segments that may not be stored yet. */
  private unstored: MessageSegment[] = [];
  private readonly foldable = new FoldableChunks();
  private appendedCursor: Cursor;
  private storedCursor: Cursor;
  private storing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private writer: EpochWriter | undefined;

  private constructor(
    private held: RunClaim,
    private readonly store: RunStore,
    run: ClaimedRun,
    private readonly listener: MessageStreamListener,
  ) {
    for (const chunk of run.chunks) this.foldable.takes(chunk);
    this.packed = new ChunkCompactor(run.chunks);
    this.toolCallIds = new ToolCallIds(run.chunks);
    this.appendedCursor = cursorAt(held.epoch, 0);
    this.storedCursor = this.appendedCursor;
  }

  /** The claim under which this message is written; its epoch may differ from the requested one. */
  get claim(): RunClaim {
    return this.held;
  }

  /** The index that the next chunk gets. */
  get nextIndex(): number {
    return this.open().nextIndex;
  }

  /** Opens the claim's epoch. Subscribers get a snapshot there, and any unpublished ends. */
  static async open(
    run: ClaimedRun,
    store: RunStore,
    stream: WorkflowStreamWriter,
    listener: MessageStreamListener,
  ): Promise<MessageStream> {
    const message = new MessageStream(run.claim, store, run, listener);
    message.writer = await stream.open({
      workflowId: run.claim.workflowId,
      epoch: run.claim.epoch,
      reason: run.claim.attempt === 1 ? 'RUN_STARTED' : 'TAKEOVER',
      ends: run.ends,
      nextIndex: run.nextIndex,
      onAppended: (cursor, events) => message.acknowledge(cursor, events),
    });
    message.isOpen(message.writer);
    await store.markEndsPublished(run.ends);
    message.timer = setInterval(() => message.checkpointSoon(), timings.checkpointMs);
    return message;
  }

  /** The chunks that can be folded after everything sent or about to be sent. They must be sent next, in this order. */
  fitting(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
    const refused: UIMessageChunk[] = [];
    const fitting = chunks.filter((chunk) => this.foldable.takes(chunk) || refused.push(chunk) === 0);
    if (refused.length > 0) this.listener.onUnfoldable(refused);
    return fitting;
  }

  /** Sends chunks returned by `fitting`, without waiting; a failure is reported to `onFailure`. */
  send(fitting: UIMessageChunk[]): void {
    if (fitting.length > 0) this.event(this.chunksEvent(fitting));
  }

  /** Sends the chunks that fit, and returns them. */
  chunks(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
    const fitting = this.fitting(chunks);
    this.send(fitting);
    return fitting;
  }

  /** Closes the open parts and ends the message, without waiting, even past the size limits. Everything sent must be flushed. */
  finish(reason: 'error' | 'stop'): void {
    this.packFresh();
    const chunks = closingChunks(this.packed.toChunks(), reason);
    this.open()
      .finish([this.chunksEvent(this.fitting(chunks))])
      .catch(this.listener.onFailure);
  }

  /** Sends an event after everything sent before, without waiting. */
  event(event: AppendableEvent): void {
    this.open().append([event]).catch(this.listener.onFailure);
  }

  /** Resolves when everything sent so far is in the stream. */
  async flush(): Promise<void> {
    await this.open().flush();
  }

  /** What the message has got up to the last acknowledged entry. */
  checkpoint(): MessageCheckpoint {
    this.packFresh();
    return { segments: [...this.unstored], cursor: this.appendedCursor };
  }

  /** All of the message up to the last acknowledged entry. */
  final(): FinalMessage {
    return { ...this.checkpoint(), chunks: this.packed.toChunks() };
  }

  /** Appends the last events; resolves with their cursor. */
  close(events: readonly AppendableEvent[]): Promise<Cursor> {
    return this.open().close(events);
  }

  /** Stops storing checkpoints and waits for the one in progress. Idempotent. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.storing;
  }

  private isOpen({ cursor, nextIndex }: EpochWriter): void {
    this.held = { ...this.held, epoch: cursorParts(cursor).epoch };
    this.appendedCursor = cursor;
    this.storedCursor = cursor;
    this.freshFrom = nextIndex;
  }

  private chunksEvent(chunks: UIMessageChunk[]): ChunksEvent {
    const { messageId, runId } = this.claim;
    return { type: 'chunks', messageId, runId, chunks };
  }

  private open(): EpochWriter {
    if (!this.writer) throw new Error('The epoch has not been opened.');
    return this.writer;
  }

  private packFresh(): void {
    if (this.fresh.length === 0) return;
    const segment = segmentOf(this.freshFrom, this.fresh);
    this.unstored.push(segment);
    this.packed.push(segment.chunks);
    this.freshFrom += segment.count;
    this.fresh = [];
  }

  private acknowledge(cursor: Cursor, events: readonly AppendableEvent[]): void {
    for (const event of events) {
      if (event.type !== 'chunks' || event.messageId !== this.claim.messageId) continue;
      for (const chunk of event.chunks) this.fresh.push(chunk);
    }
    this.appendedCursor = cursor;
  }

  /** Called by a timer, so it must not throw. */
  private checkpointSoon(): void {
    if (this.storing || this.storedCursor === this.appendedCursor) return;
    this.storing = this.storeCheckpoint()
      .catch(this.listener.onFailure)
      .finally(() => {
        this.storing = null;
      });
  }

  private async storeCheckpoint(): Promise<void> {
    const checkpoint = this.checkpoint();
    try {
      await this.store.checkpoint(this.claim, checkpoint);
    } catch (error) {
      if (error instanceof FencedError) throw error;
      // Any other error is temporary: the next tick stores a newer checkpoint.
      return;
    }
    this.storedCursor = checkpoint.cursor;
    this.unstored = this.unstored.slice(checkpoint.segments.length);
  }
}
