/**
 * Every way in which a step can fail (a model call, a tool call or an agent's own step) and what follows.
 * `docs/failures.md` is generated from this table.
 */
import type { RunErrorCode } from '#libs/contracts';

/**
 * - `retry`: the step is tried again; if its last try fails too, the run fails.
 * - `repair`: the failure goes back to the model as the result of its call; the run goes on.
 * - `fail`: the run ends at once.
 */
export type FailureOutcome = 'retry' | 'repair' | 'fail';

export interface ModelFailure {
  what: string;
  outcome: FailureOutcome;
  /** The error code if this ends the run; `null` when it cannot. */
  code: RunErrorCode | null;
  /** Further explanation. */
  detail: string;
}

export const modelFailures = {
  rateLimited: {
    what: 'Status 429',
    outcome: 'retry',
    code: 'PROVIDER_RATE_LIMITED',
    detail:
      'Waits as long as `Retry-After` says, up to 60 s; if it says longer, the run ends. Without it, the usual backoff applies.',
  },
  quotaUsedUp: {
    what: 'Status 402, or an error saying that the quota or credit is used up, even inside a stream',
    outcome: 'fail',
    code: 'PROVIDER_QUOTA_EXHAUSTED',
    detail: 'Trying again would not help. OpenAI reports this as status 429 with `insufficient_quota`.',
  },
  contextTooLong: {
    what: 'An error saying that the conversation does not fit the model’s context, even inside a stream',
    outcome: 'fail',
    code: 'CONTEXT_TOO_LONG',
    detail: 'The same request would fail again.',
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
      'For example a wrong key, model name or base URL, or a request the provider does not accept. Redirects are not followed.',
  },
  errorEvent: {
    what: 'An error inside the stream or inside a 200, finish reason `error`, or a response that is not valid HTTP',
    outcome: 'retry',
    code: 'PROVIDER_UNAVAILABLE',
    detail:
      'Text that was already streamed is taken back first. An error that names a status or a known code is treated as that error.',
  },
  unreachable: {
    what: 'The connection is refused, reset or cut, the host cannot be found or reached, or TLS fails',
    outcome: 'retry',
    code: 'PROVIDER_INTERRUPTED',
    detail: 'Text that was already streamed is taken back first.',
  },
  incomplete: {
    what: 'The stream ends without its completion event: no finish reason and no `[DONE]`',
    outcome: 'retry',
    code: 'PROVIDER_INTERRUPTED',
    detail:
      'Never treated as a short answer. An unknown finish reason, or `[DONE]` without one, does count as a complete answer.',
  },
  connectTimeout: {
    what: 'No connection in time',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail: '`HOLDFAST_MODEL_CONNECT_SECONDS`, 10 s unless set.',
  },
  firstChunkTimeout: {
    what: 'The first content of the answer does not arrive in time, whatever the connection does meanwhile',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail:
      '`HOLDFAST_MODEL_FIRST_CHUNK_SECONDS`; unless set, 60 s, and 300 s for a server of your own, which may have to load the model. Reasoning counts.',
  },
  idleTimeout: {
    what: 'Silence in the middle of the answer: not a single byte arrives, not even a comment',
    outcome: 'retry',
    code: 'PROVIDER_TIMEOUT',
    detail: '`HOLDFAST_MODEL_IDLE_SECONDS`, 30 s unless set.',
  },
  totalTimeout: {
    what: 'The whole call takes too long, even if data keeps arriving',
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
    what: 'An answer with neither text nor a tool call, unless it follows tool results',
    outcome: 'retry',
    code: 'MODEL_EMPTY_ANSWER',
    detail: 'Reasoning alone does not count as an answer.',
  },
  approvalWanted: {
    what: 'The provider asks for approval of a tool that it runs itself',
    outcome: 'fail',
    code: 'APPROVAL_UNSUPPORTED',
    detail: 'Other calls of such tools pass through: Holdfast shows them and never executes them.',
  },
  tooLong: {
    what: 'Finish reason `length`',
    outcome: 'fail',
    code: 'OUTPUT_TOO_LONG',
    detail: 'The same request would fail again.',
  },
  outputLimit: {
    what: 'A chunk, a step or a run exceeds its size limit',
    outcome: 'fail',
    code: 'OUTPUT_LIMIT',
    detail: '256 KiB, 4 MiB and 32 MiB.',
  },
  unusableObject: {
    what: 'A structured answer that does not fit its schema',
    outcome: 'retry',
    code: 'MODEL_ANSWER_INVALID',
    detail: 'The agent only ever sees an answer that fits its schema.',
  },
  unknownTool: {
    what: 'A call to a tool that does not exist',
    outcome: 'repair',
    code: null,
    detail: 'The model is told which tools exist. This counts against the steps of its loop.',
  },
  malformedArguments: {
    what: 'Arguments that are not JSON or do not fit the tool’s schema',
    outcome: 'repair',
    code: null,
    detail: 'The model is told what does not fit. This counts against the steps of its loop.',
  },
  toolFailed: {
    what: 'A tool that throws, takes too long, or is still unavailable after its retries',
    outcome: 'repair',
    code: null,
    detail: 'The model is told in general terms; the error itself appears only in the worker’s log.',
  },
  toolFatal: {
    what: 'A tool that throws a `FatalError`',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: 'With the code and message of the tool’s own error.',
  },
  toolNotJson: {
    what: 'A tool whose result cannot be written as JSON, such as a BigInt',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: 'The message names the tool. This is a bug in the tool, so calling it again would not help.',
  },
  stepFailed: {
    what: 'A function of `context.step` that throws',
    outcome: 'retry',
    code: 'INTERNAL',
    detail:
      'A `RetryableError` keeps its own code and is retried after its `retryAfterMs`, up to 60 s; if that is longer, the run ends.',
  },
  stepFatal: {
    what: 'A function of `context.step` that throws a `FatalError`',
    outcome: 'fail',
    code: 'STEP_FAILED',
    detail: 'With the code and message of that error.',
  },
  tooManySteps: {
    what: 'The model uses up all steps of its loop',
    outcome: 'fail',
    code: 'STEP_LIMIT',
    detail: 'Retrying the run continues after the last step, with the same number of steps again.',
  },
} as const satisfies Record<string, ModelFailure>;

export type ModelFailureKind = keyof typeof modelFailures;

/** The kinds whose outcome is an error of the step. */
export type FailingKind = {
  [K in ModelFailureKind]: (typeof modelFailures)[K]['outcome'] extends 'repair' ? never : K;
}[ModelFailureKind];
