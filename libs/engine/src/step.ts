/** A step: what it is asked to do, what it is told while it runs, and what it hands over to be stored. */
import { createHash } from 'node:crypto';
import {
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
  /** 1 for the first try of this step, counting those whose worker was lost or handed the run back. */
  tryNumber: number;
  /** How many tries before this one failed by an error. They alone use up the retries of the step. */
  failedTries: number;
  /** The time by the store's clock. The clocks of workers differ, and another one may go on with the run. */
  now(): Promise<Date>;
}

export interface StepRequestBase {
  name: string;
  kind: StepKind;
  /** What people see of the input. */
  input: JsonValue;
  /** What a replay compares; `input` when absent. */
  identity?: unknown;
}

export interface StepRequest<T extends JsonValue> extends StepRequestBase {
  execute(execution: StepExecution): Promise<StepValue<T>>;
  /** How often it is tried again; as often as every step when absent. */
  retries?: number;
  /** Called before another try, to take back what the failed one has streamed. */
  onRetry?(): void;
  /** Called when no other try follows; gives the compacted chunks of the failed one that stay in the message. */
  onFailure?(): UIMessageChunk[];
  /**
   * Stores the result in a way of its own (a graph edit) instead of `execute`'s; it commits the step itself.
   */
  commit?(stepId: StepId): Promise<{ step: StepSummary; output: T; announce(): void }>;
}

/** A step that no worker works on. */
export interface WaitRequest extends StepRequestBase {
  kind: 'HOOK' | 'SLEEP';
  open(start: StepStart): Promise<OpenedWait>;
}

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
      const bytes = jsonBytes(chunk);
      if (bytes > chunkBytes) throw new OutputLimitError(`A chunk is larger than ${chunkBytes} bytes`);
      this.bytes += bytes;
    }
    if (this.bytes > stepBytes) throw new OutputLimitError(`A step grew past ${stepBytes} bytes`);
  }
}

/**
 * A short, stable name for what a step was asked to do, so that a replay notices a swap. The same for values that are equal as
 * JSON, whatever the order of their keys: older rows do not keep it.
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
