/**
 * The cap on what one step may add to the message. Owns the count; never decides what happens to the run.
 */
import { limits, type UIMessageChunk } from '#libs/contracts';
import { OutputLimitError } from './errors.js';

/** Counts the chunks of one try of a step. */
export class StepBytes {
  private bytes = 0;

  constructor(private readonly maxBytes: number = limits.stepBytes) {}

  /** Counts chunks. Throws `OutputLimitError` when the step has grown past its cap (UTF-8 bytes of JSON). */
  add(chunks: readonly UIMessageChunk[]): void {
    for (const chunk of chunks) this.bytes += Buffer.byteLength(JSON.stringify(chunk));
    if (this.bytes > this.maxBytes) throw new OutputLimitError(`A step grew past ${this.maxBytes} bytes`);
  }
}
