/**
 * What one streaming step adds to the assistant's message, through all its tries. Owns that it is one whole piece of the
 * message: its chunks leave as they come while it has the turn, and gather, up to the cap of a step, while it has not.
 */
import { ChunkCompactor, closingOfParts, InputsInProgress, type UIMessageChunk } from '#libs/contracts';
import type { MessageStream } from './message-stream.js';
import type { Turn } from './message-turns.js';
import { StepBytes } from './step-bytes.js';
import { AnswerToolCallIds } from './tool-call-ids.js';

export class StreamedStep {
  /** All that the current try has sent. */
  private own = new ChunkCompactor();
  private bytes = new StepBytes();
  private inputs = new InputsInProgress();
  /** What of it has not been sent. */
  private gathered: UIMessageChunk[] = [];
  private readonly toolCallIds: AnswerToolCallIds;
  private turn: Turn | null = null;
  /** Whether viewers have been shown the step. From then on it keeps its turn until it is settled. */
  private shown = false;
  private signal: AbortSignal | null = null;

  constructor(private readonly message: Pick<MessageStream, 'turns' | 'toolCallIds' | 'chunks'>) {
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
    if (!this.turn) {
      this.turn = this.message.turns.join();
      void this.turn.come.then(() => this.send());
    }
    this.send();
  }

  /** Resolves, when everything of the current try has been sent, with what the step is to be stored with. */
  async complete(): Promise<UIMessageChunk[]> {
    await this.turn?.come;
    this.send();
    return this.own.toChunks();
  }

  /** The current try has failed. What nobody was shown is dropped, together with the place in the line. */
  fail(): void {
    this.gathered = [];
    if (this.shown) return;
    this.toolCallIds.drop();
    this.leave();
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
  leave(): void {
    this.gathered = [];
    this.turn?.leave();
    this.turn = null;
  }

  private send(): void {
    if (!this.turn?.hasCome || this.signal?.aborted || this.gathered.length === 0) return;
    this.shown = true;
    this.own.push(this.message.chunks(this.gathered));
    this.gathered = [];
  }
}
