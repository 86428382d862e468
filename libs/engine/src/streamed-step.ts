/**
 * What one streaming step adds to the assistant's message over all its tries: one contiguous section. While the step holds
 * the message's lock, its chunks are sent as they come; until then they are collected, up to the size limit of a step.
 */
import { type ChunkRange, closingOfParts, compactChunks, InputsInProgress, type UIMessageChunk } from '#libs/contracts';
import type { MessageStream } from './message-stream.js';
import type { Permit } from './semaphore.js';
import { StepBytes } from './step.js';
import { AnswerToolCallIds } from './tool-call-ids.js';

export class StreamedStep {
  /** Everything that the current try has sent. */
  private own: UIMessageChunk[] = [];
  private bytes = new StepBytes();
  private inputs = new InputsInProgress();
  /** The part that has not been sent yet. */
  private gathered: UIMessageChunk[] = [];
  private readonly toolCallIds: AnswerToolCallIds;
  private permit: Permit | null = null;
  /** Whether viewers have been shown the step. From then on it keeps the lock until it is settled. */
  private shown = false;
  /** The index of the first chunk that was shown. */
  private from = 0;
  private signal: AbortSignal | null = null;

  constructor(private readonly message: Pick<MessageStream, 'lock' | 'toolCallIds' | 'chunks' | 'nextIndex'>) {
    this.toolCallIds = new AnswerToolCallIds(message.toolCallIds);
  }

  /**
   * Begins a try; once the signal fires, nothing more is sent. The step opened by a failed try is still open after its
   * `reset-step`.
   */
  begin(signal: AbortSignal): void {
    this.signal = signal;
    this.own = this.shown ? [{ type: 'start-step' }] : [];
    this.bytes = new StepBytes();
    this.inputs = new InputsInProgress();
    this.toolCallIds.drop();
  }

  /** The run's id for a tool call of the current try. */
  toolCallId(given: string): string {
    return this.toolCallIds.of(given);
  }

  /** The same for a tool's result. */
  toolCallIdOfResult(given: string): string {
    return this.toolCallIds.ofResult(given);
  }

  /**
   * Adds a chunk of the current try, which must begin with `start-step`. Throws `OutputLimitError` past the step's size
   * limit.
   */
  add(given: UIMessageChunk): void {
    this.signal?.throwIfAborted();
    if (given.type === 'start-step' && this.shown) return;
    const chunk = this.inputs.redacted(given);
    if (!chunk) return;
    this.bytes.add([chunk]);
    this.gathered.push(chunk);
    if (!this.permit) {
      this.permit = this.message.lock.acquire();
      void this.permit.acquired.then(() => this.send());
    }
    this.send();
  }

  /** Once everything has been sent, resolves with where it is in the message, tries that were taken back included. */
  async complete(): Promise<ChunkRange> {
    await this.permit?.acquired;
    this.send();
    return { from: this.from, to: this.shown ? this.message.nextIndex : this.from };
  }

  /** The current try has failed. If viewers were shown nothing of it, its chunks and its place in the queue are dropped. */
  fail(): void {
    this.gathered = [];
    if (this.shown) return;
    this.toolCallIds.drop();
    this.release();
  }

  /** Takes back what the failed try has shown, before another try. */
  takeBack(): void {
    if (this.shown) this.message.chunks([{ type: 'reset-step' }]);
  }

  /** No other try follows: closes what the failed one has shown, which stays, and returns the chunks to store. */
  giveUp(): UIMessageChunk[] {
    if (!this.shown) return [];
    this.own.push(...this.message.chunks(closingOfParts(this.own)));
    return compactChunks(this.own);
  }

  /** The step is settled or its attempt has ended: another step may add to the message, and this one sends nothing more. */
  release(): void {
    this.gathered = [];
    this.permit?.release();
    this.permit = null;
  }

  private send(): void {
    if (!this.permit?.isHeld || this.signal?.aborted || this.gathered.length === 0) return;
    if (!this.shown) this.from = this.message.nextIndex;
    this.shown = true;
    for (const chunk of this.message.chunks(this.gathered)) this.own.push(chunk);
    this.gathered = [];
  }
}
