/**
 * What the parts of one attempt share. Owns nothing; it only names it.
 */
import type { StepId } from '#libs/contracts';
import type { MessageStream } from './message-stream.js';
import type { ModelTimeouts } from './model-call.js';
import type { RunClaim, RunStore } from './ports/run-store.port.js';
import type { StepRunner } from './step-runner.js';

export interface AttemptEnvironment {
  claim: RunClaim;
  store: RunStore;
  steps: StepRunner;
  message: MessageStream;
  timeouts: ModelTimeouts;
  toolTimeoutMs: number;
  hookSecret: string;
  /** Tells operators of a failure that neither the run nor the model is told of. */
  reportFailure(fields: { stepId: StepId; err: unknown; [field: string]: unknown }, message: string): void;
}
