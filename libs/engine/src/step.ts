/** A step: its request, the context of its execution, and the value to be stored. */
import { createHash } from 'node:crypto';
import {
  type ChunkRange,
  type JsonValue,
  jsonBytes,
  limits,
  redactedChunk,
  type StepId,
  type StepKind,
  type StepSummary,
  type UIMessageChunk,
  type Usage,
  wellFormed,
} from '#libs/contracts';
import { FatalError, OutputLimitError } from './errors.js';
import type { OpenedWait, StepStart } from './ports/run-store.port.js';

/** What a step's function may use. */
export interface StepExecution {
  stepId: StepId;
  /** Fires when the run is stopped, handed back or fenced. */
  signal: AbortSignal;
  /** 1 for the first try of this step; also counts tries whose worker was lost or handed the run back. */
  tryNumber: number;
  /** How many earlier tries failed with an error. Only these count towards the step's retries. */
  failedTries: number;
  /** The time by the store's clock. Worker clocks differ, and another worker may continue the run. */
  now(): Promise<Date>;
}

export interface StepRequestBase {
  name: string;
  kind: StepKind;
  /** The input as people see it. */
  input: JsonValue;
  /** What a replay compares; `input` when absent. */
  identity?: unknown;
}

export interface StepRequest<T extends JsonValue> extends StepRequestBase {
  execute(execution: StepExecution): Promise<StepValue<T>>;
  /** Number of retries; the default for steps when absent. */
  retries?: number;
  /** Called before another try, to take back what the failed one has streamed. */
  onRetry?(): void;
  /** Called when no other try follows; returns the failed try's compacted chunks that stay in the message. */
  onFailure?(): UIMessageChunk[];
  /** Replaces `execute` for results stored in a special way (a graph edit); it commits the step itself. */
  commit?(stepId: StepId): Promise<{ step: StepSummary; output: T; announce(): void }>;
}

/** A step that no worker works on. */
export interface WaitRequest extends StepRequestBase {
  kind: 'HOOK' | 'SLEEP';
  open(start: StepStart): Promise<OpenedWait>;
}

/** The result of one execution of a step. */
export interface StepValue<T extends JsonValue> {
  output: T;
  usage: Usage | null;
  /** Compacted chunks to append to the stream once the step is stored. */
  announce: UIMessageChunk[];
  /** Chunks that were streamed while the step ran, if any. */
  streamed?: ChunkRange;
}

/**
 * The value as it will be read back: dates become text, `undefined` becomes `null` or is left out, half an emoji becomes a
 * replacement character. Throws a `FatalError` naming the step when the value has no JSON form, and `OutputLimitError` when
 * it is too large to be stored or streamed. So whatever a step has stored can also reach its viewers.
 */
export function storableValue<T extends JsonValue>(name: string, value: StepValue<T>): StepValue<T> {
  const output = asJson(name, value.output);
  const announce = asJson(name, value.announce).map(redactedChunk);
  new StepBytes().add(announce);
  return { ...value, output, announce };
}

function asJson<T>(name: string, value: T): T {
  const text = jsonText(name, value);
  if (Buffer.byteLength(text) > limits.stepBytes) {
    throw new OutputLimitError(`The result of "${name}" is larger than ${limits.stepBytes} bytes`);
  }
  return wellFormed(JSON.parse(text) as T);
}

/** `JSON.stringify` returns undefined for `undefined` and for functions, although its type says otherwise. */
function jsonText(name: string, value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text ?? 'null';
  } catch (cause) {
    throw new FatalError('STEP_FAILED', `The result of "${name}" is not JSON, so it cannot be stored.`, { cause });
  }
}

/** Counts the chunks of one try of a step before any of them is sent. */
export class StepBytes {
  private bytes = 0;

  constructor(private readonly caps: { chunkBytes: number; stepBytes: number } = limits) {}

  /**
   * Counts chunks. Throws `OutputLimitError` when one of them is too large for the stream, or when the step exceeds its
   * limit (UTF-8 bytes of JSON).
   */
  add(chunks: readonly UIMessageChunk[]): void {
    const { chunkBytes, stepBytes } = this.caps;
    for (const chunk of chunks) {
      const bytes = jsonBytes(chunk);
      if (bytes > chunkBytes) throw new OutputLimitError(`A chunk is larger than ${chunkBytes} bytes`);
      this.bytes += bytes;
    }
    if (this.bytes > stepBytes) throw new OutputLimitError(`A step grew past ${stepBytes} bytes`);
  }
}

/**
 * A short, stable hash of a step's input, so that a replay notices a swapped step. Equal for equal JSON values, whatever
 * the order of keys, because older rows do not keep it.
 */
export function inputHash(value: unknown): string {
  const plain: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
  return createHash('sha256')
    .update(JSON.stringify(sorted(plain)))
    .digest('hex')
    .slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}
