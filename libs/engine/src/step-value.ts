/**
 * What a step hands over to be stored. Owns that it crosses the border of a step as JSON, so that the attempt in which it
 * happens is given exactly what a replay will be given; never stores anything.
 */
import type { JsonValue, UIMessageChunk, Usage } from '#libs/contracts';
import { FatalError } from './errors.js';

/** What one execution of a step hands over. */
export interface StepValue<T extends JsonValue> {
  output: T;
  /** Compacted chunks that the step added to the message. */
  chunks: UIMessageChunk[];
  usage: Usage | null;
  /** Chunks that are appended to the stream once the step is stored; empty when they were streamed while it ran. */
  announce: UIMessageChunk[];
}

/**
 * The same value as it will be read back: dates are text, `undefined` is `null` or left out. Throws a `FatalError` that
 * names the step when there is no JSON of it.
 */
export function storableValue<T extends JsonValue>(name: string, value: StepValue<T>): StepValue<T> {
  try {
    const { output, chunks, usage, announce } = value;
    return { output: asJson(output), chunks: asJson(chunks), usage, announce: asJson(announce) };
  } catch (cause) {
    throw new FatalError('STEP_FAILED', `The result of "${name}" is not JSON, so it cannot be stored.`, { cause });
  }
}

/** `JSON.stringify` has no text for `undefined` and for functions, whatever its type says. */
function asJson<T>(value: T): T {
  const text: string | undefined = JSON.stringify(value);
  return JSON.parse(text ?? 'null') as T;
}
