/**
 * What one streaming step adds to the assistant's message, through all its tries: one whole piece of it. Its chunks leave as
 * they come while it holds the message's lock, and gather, up to the cap of a step, while it does not.
 */
import { ChunkCompactor, closingOfParts, InputsInProgress, type UIMessageChunk } from '#libs/contracts';
import type { MessageStream } from './message-stream.js';
import type { Permit } from './semaphore.js';
import { StepBytes } from './step.js';
import { AnswerToolCallIds } from './tool-call-ids.js';

export class StreamedStep {
  /** All that the current try has sent. */
  private own = new ChunkCompactor();
  private bytes = new StepBytes();
  private inputs = new InputsInProgress();
  /** What of it has not been sent. */
  private gathered: UIMessageChunk[] = [];
  private readonly toolCallIds: AnswerToolCallIds;
  private permit: Permit | null = null;
  /** Whether viewers have been shown the step. From then on it keeps the lock until it is settled. */
  private shown = false;
  private signal: AbortSignal | null = null;

  constructor(private readonly message: Pick<MessageStream, 'lock' | 'toolCallIds' | 'chunks'>) {
    this.toolCallIds = new AnswerToolCallIds(message.toolCallIds);
  }

  /**
   * Begins a try; once the signal fires, nothing more is sent. After a `reset-step` the step that the failed try opened is
   * still there.
   */
  begin(signal: AbortSignal): void {
    this.signal = signal;
    this.own = new ChunkCompactor(this.shown ? [{ type: 'start-step' }] : []);
    this.bytes = new StepBytes();
    this.inputs = new InputsInProgress();
    this.toolCallIds.drop();
  }

  /** The id in the run of a tool call of the current try. */
  toolCallId(given: string): string {
    return this.toolCallIds.of(given);
  }

  /** The same for a result of a tool. */
  toolCallIdOfResult(given: string): string {
    return this.toolCallIds.ofResult(given);
  }

  /** Adds a chunk of the current try, whose first one is `start-step`. Throws `OutputLimitError` past the step's cap. */
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

  /** Resolves, when everything of the current try has been sent, with what the step is to be stored with. */
  async complete(): Promise<UIMessageChunk[]> {
    await this.permit?.acquired;
    this.send();
    return this.own.toChunks();
  }

  /** The current try has failed. What nobody was shown is dropped, together with the place in the line. */
  fail(): void {
    this.gathered = [];
    if (this.shown) return;
    this.toolCallIds.drop();
    this.release();
  }

  /** Takes back what the failed try has shown, before another one. */
  takeBack(): void {
    if (this.shown) this.message.chunks([{ type: 'reset-step' }]);
  }

  /** No other try follows: closes what the failed one has shown, which stays, and gives what it is to be stored with. */
  giveUp(): UIMessageChunk[] {
    if (!this.shown) return [];
    this.own.push(this.message.chunks(closingOfParts(this.own.toChunks())));
    return this.own.toChunks();
  }

  /** The step is settled, or its attempt has ended: the next may add to the message. Nothing of it is sent any more. */
  release(): void {
    this.gathered = [];
    this.permit?.release();
    this.permit = null;
  }

  private send(): void {
    if (!this.permit?.isHeld || this.signal?.aborted || this.gathered.length === 0) return;
    this.shown = true;
    this.own.push(this.message.chunks(this.gathered));
    this.gathered = [];
  }
}
