/**
 * Everything that can go wrong in a step, be it a call of a model, of a tool or an agent's own, and what follows: the one table,
 * from which `docs/failures.md` is made.
 */
import type { RunErrorCode } from '#libs/contracts';

/**
 * - `retry`: the step is tried again, and fails the run when it still fails after its last try.
 * - `repair`: it goes back to the model as the result of its call; the run goes on.
 * - `fail`: the run ends at once.
 */
export type FailureOutcome = 'retry' | 'repair' | 'fail';

export interface ModelFailure {
  what: string;
  outcome: FailureOutcome;
  /** How the run ends when it ends by this; `null` when it cannot. */
  code: RunErrorCode | null;
  /** What else there is to know. */
  detail: string;
}

export const modelFailures = {
  rateLimited: {
    what: 'Status 429',
    outcome: 'retry',
    code: 'PROVIDER_RATE_LIMITED',
    detail:
      'Waits as long as `Retry-After` says, up to 60 s; a longer one ends the run. Without it, the usual backoff.',
  },
  quotaUsedUp: {
    what: 'Status 402, or an error that says that the quota or the credit is used up, also inside a stream',
    outcome: 'fail',
    code: 'PROVIDER_QUOTA_EXHAUSTED',
    detail: 'Trying again would not help. OpenAI says so with status 429 and `insufficient_quota`.',
  },
  contextTooLong: {
    what: 'An error that says that the conversation does not fit the context of the model, also inside a stream',
    outcome: 'fail',
    code: 'CONTEXT_TOO_LONG',
    detail: 'The same request would end alike.',
  },
  overloaded: {
    what: 'Status 408, 409, 425 or 5xx',
    outcome: 'retry',
    code: 'PROVIDER_UNAVAILABLE',
    detail: '`Retry-After` as above.',
  },
  rejected: {
    what: 'Status 3xx, or any other 4xx',
    outcome: 'fail',
    code: 'PROVIDER_REJECTED',
    detail:
      'A wrong key, model name or base URL, a request that the provider does not take. Redirects are not followed.',
  },
  errorEvent: {
    what: 'An error inside the stream or inside a 200, finish reason `error`, or an answer that is no valid HTTP',
    outcome: 'retry',
    code: 'PROVIDER_UNAVAILABLE',
    detail: 'What had been streamed is taken back first. An error that names a status or a known code counts as such.',
  },
  unreachable: {
    what: 'Connection refused, reset or cut, a host that cannot be found or reached, or TLS that fails',
    outcome: 'retry',
    code: 'PROVIDER_INTERRUPTED',
    detail: 'What had been streamed is taken back first.',
  },
  incomplete: {
    what: 'The stream ends without its completion event: no finish reason and no `[DONE]`',
    outcome: 'retry',
    code: 'PROVIDER_INTERRUPTED',
    detail:
      'Never taken for a short answer. A finish reason that nobody knows, or `[DONE]` without one, is a whole one.',
  },
  connectTimeout: {
    what: 'No connection in time',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail: '`HOLDFAST_MODEL_CONNECT_SECONDS`, 10 s unless set.',
  },
  firstChunkTimeout: {
    what: 'No first content of the answer in time, whatever the connection does meanwhile',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail:
      '`HOLDFAST_MODEL_FIRST_CHUNK_SECONDS`; unless set, 60 s, and 300 s for a server of your own, which may have to load the model. Reasoning counts.',
  },
  idleTimeout: {
    what: 'Silence inside the answer: no byte of it, be it a comment',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail: '`HOLDFAST_MODEL_IDLE_SECONDS`, 30 s unless set.',
  },
  totalTimeout: {
    what: 'The whole call takes too long, however steadily it drips',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail: '`HOLDFAST_MODEL_TOTAL_SECONDS`, 600 s unless set.',
  },
  refused: {
    what: 'A refusal, or finish reason `content-filter`',
    outcome: 'fail',
    code: 'MODEL_REFUSED',
    detail: 'The text of the refusal stays in the message.',
  },
  emptyAnswer: {
    what: 'An answer with neither text nor a call of a tool, other than after the results of tools',
    outcome: 'retry',
    code: 'MODEL_EMPTY_ANSWER',
    detail: 'Reasoning alone is no answer.',
  },
  approvalWanted: {
    what: 'The provider asks for an approval of a tool that it runs itself',
    outcome: 'fail',
    code: 'APPROVAL_UNSUPPORTED',
    detail: 'Other calls of such tools pass through: they are shown, and never executed by Holdfast.',
  },
  tooLong: {
    what: 'Finish reason `length`',
    outcome: 'fail',
    code: 'OUTPUT_TOO_LONG',
    detail: 'The same request would end alike.',
  },
  outputLimit: {
    what: 'A chunk, a step or a run grows past its cap',
    outcome: 'fail',
    code: 'OUTPUT_LIMIT',
    detail: '256 KiB, 4 MiB and 32 MiB.',
  },
  unusableObject: {
    what: 'A structured answer that does not fit its schema',
    outcome: 'retry',
    code: 'MODEL_ANSWER_INVALID',
    detail: 'The agent only ever sees an answer that fits.',
  },
  unknownTool: {
    what: 'A call of a tool that does not exist',
    outcome: 'repair',
    code: null,
    detail: 'The model is told which tools there are. It counts against the steps of its loop.',
  },
  malformedArguments: {
    what: 'Arguments that are not JSON or do not fit the tool',
    outcome: 'repair',
    code: null,
    detail: 'The model is told what does not fit. It counts against the steps of its loop.',
  },
  toolFailed: {
    what: 'A tool that throws, takes too long, or stays unavailable after its retries',
    outcome: 'repair',
    code: null,
    detail: "The model is told in general words; what the tool threw stands in the worker's log only.",
  },
  toolFatal: {
    what: 'A tool that throws a `FatalError`',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: "With the code and the sentence of the tool's own error.",
  },
  toolNotJson: {
    what: 'A tool whose result has no JSON, such as a BigInt',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: 'The sentence names the tool. It is a mistake in the tool, which another call would not mend.',
  },
  stepFailed: {
    what: 'A function of `context.step` that throws',
    outcome: 'retry',
    code: 'INTERNAL',
    detail:
      'After a `RetryableError` with its code, and after its `retryAfterMs`, up to 60 s; a longer one ends the run.',
  },
  stepFatal: {
    what: 'A function of `context.step` that throws a `FatalError`',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: 'With the code and the sentence of that error.',
  },
  tooManySteps: {
    what: 'The model uses all steps of its loop',
    outcome: 'fail',
    code: 'STEP_LIMIT',
    detail: 'A retry of the run goes on behind the last step, with as many steps again.',
  },
} as const satisfies Record<string, ModelFailure>;

export type ModelFailureKind = keyof typeof modelFailures;

/** The kinds whose outcome is an error of the step. */
export type FailingKind = {
  [K in ModelFailureKind]: (typeof modelFailures)[K]['outcome'] extends 'repair' ? never : K;
}[ModelFailureKind];
