/** What the agent's calls ask of the steps of an attempt. Owns nothing; it only names it. */
import type { JsonValue, StepId, StepKind, StepSummary, UIMessageChunk } from '#libs/contracts';
import type { OpenedWait, StepStart } from './ports/run-store.port.js';
import type { StepExecution } from './step-execution.js';
import type { StepValue } from './step-value.js';

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
