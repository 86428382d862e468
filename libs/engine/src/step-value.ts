/**
 * What a step hands over to be stored. Owns that it crosses the border of a step as JSON, so that the attempt in which it
 * happens is given exactly what a replay will be given, and that it fits its caps; never stores anything.
 */
import { type JsonValue, limits, redactedChunk, type UIMessageChunk, type Usage, wellFormed } from '#libs/contracts';
import { FatalError, OutputLimitError } from './errors.js';
import { StepBytes } from './step-bytes.js';

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
 * The same value as it will be read back: dates are text, `undefined` is `null` or left out, half an emoji is a replacement
 * character. Throws a `FatalError` that
 * names the step when there is no JSON of it, and `OutputLimitError` when it is too large to be stored or streamed: what
 * a step has stored can be relied on to reach its viewers.
 */
export function storableValue<T extends JsonValue>(name: string, value: StepValue<T>): StepValue<T> {
  const stored = {
    output: asJson(name, value.output),
    chunks: asJson(name, value.chunks).map(redactedChunk),
    usage: value.usage,
  };
  const announce = asJson(name, value.announce).map(redactedChunk);
  new StepBytes().add(announce);
  return { ...stored, announce };
}

function asJson<T>(name: string, value: T): T {
  const text = jsonText(name, value);
  if (Buffer.byteLength(text) > limits.stepBytes) {
    throw new OutputLimitError(`The result of "${name}" is larger than ${limits.stepBytes} bytes`);
  }
  return wellFormed(JSON.parse(text) as T);
}

/** `JSON.stringify` has no text for `undefined` and for functions, whatever its type says. */
function jsonText(name: string, value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text ?? 'null';
  } catch (cause) {
    throw new FatalError('STEP_FAILED', `The result of "${name}" is not JSON, so it cannot be stored.`, { cause });
  }
}
