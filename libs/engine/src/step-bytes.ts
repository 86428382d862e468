/**
 * The caps on what one step may add to the message. Owns the count; never decides what happens to the run.
 */
import { limits, type UIMessageChunk } from '#libs/contracts';
import { OutputLimitError } from './errors.js';

/** Counts the chunks of one try of a step, before any of them leaves. */
export class StepBytes {
  private bytes = 0;

  constructor(private readonly caps: { chunkBytes: number; stepBytes: number } = limits) {}

  /**
   * Counts chunks. Throws `OutputLimitError` when one of them is larger than the stream takes, or when the step has
   * grown past its cap (UTF-8 bytes of JSON).
   */
  add(chunks: readonly UIMessageChunk[]): void {
    const { chunkBytes, stepBytes } = this.caps;
    for (const chunk of chunks) {
      const bytes = Buffer.byteLength(JSON.stringify(chunk));
      if (bytes > chunkBytes) throw new OutputLimitError(`A chunk is larger than ${chunkBytes} bytes`);
      this.bytes += bytes;
    }
    if (this.bytes > stepBytes) throw new OutputLimitError(`A step grew past ${stepBytes} bytes`);
  }
}
