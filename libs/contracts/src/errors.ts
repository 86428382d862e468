/**
 * The error catalogue: every code with which a run may end or a mutation may be refused, its safe message, and whether a
 * retry can help. Codes for whole requests are in the API (`api-error.ts`).
 */

export const userErrorCodes = [
  'NOT_FOUND',
  'VALIDATION',
  'CONFLICT',
  'FORBIDDEN',
  'IDEMPOTENCY_REUSED',
  'RATE_LIMITED',
  'UNAVAILABLE',
] as const;
export type UserErrorCode = (typeof userErrorCodes)[number];

/** An expected refusal of a mutation: data in the answer, not a fault. */
export interface UserError {
  code: UserErrorCode;
  /** Path of the input field at fault, outermost first; `null` when no single field is. */
  field: string[] | null;
  message: string;
}

interface RunErrorEntry {
  message: string;
  /** Whether trying again may succeed without changing anything. */
  retryable: boolean;
  recurs?: true;
}

/** Why a run or a step failed. The message is the default and may be replaced by a more specific one. */
export const runErrorCatalog = {
  PROVIDER_RATE_LIMITED: { message: 'The model provider is limiting requests. Try again in a while.', retryable: true },
  PROVIDER_UNAVAILABLE: { message: 'The model provider could not answer. Try again.', retryable: true },
  PROVIDER_REJECTED: {
    message: "The model provider refused the request. The model's name, the key or the address may be wrong.",
    retryable: false,
  },
  PROVIDER_QUOTA_EXHAUSTED: {
    message: 'The quota or the credit at the model provider is used up. Top it up there, then try again.',
    retryable: false,
  },
  CONTEXT_TOO_LONG: {
    message: 'The conversation is too long for this model. Start a new one, or use a model with a longer context.',
    retryable: false,
    recurs: true,
  },
  PROVIDER_TIMEOUT: { message: 'The model stopped answering for too long. Try again.', retryable: true },
  PROVIDER_INTERRUPTED: { message: 'The connection to the model broke off. Try again.', retryable: true },
  MODEL_REFUSED: {
    message: 'The model declined to answer this prompt. Try to phrase it differently.',
    retryable: false,
    recurs: true,
  },
  MODEL_ANSWER_INVALID: {
    message: 'The model kept answering in a form that could not be used. Try again.',
    retryable: true,
  },
  MODEL_EMPTY_ANSWER: { message: 'The model gave no answer. Try again.', retryable: true },
  APPROVAL_UNSUPPORTED: {
    message: 'The model provider asked for an approval of a tool that it runs itself, which cannot be given here.',
    retryable: false,
    recurs: true,
  },
  OUTPUT_TOO_LONG: {
    message: 'The model reached its output limit before it was done.',
    retryable: false,
    recurs: true,
  },
  OUTPUT_LIMIT: { message: 'The answer grew past the size that one step may have.', retryable: false, recurs: true },
  STEP_LIMIT: { message: 'The model used all its steps without finishing.', retryable: true },
  GRAPH_INVALID: {
    message: 'The workflow still had errors after the allowed number of corrections.',
    retryable: true,
  },
  NON_DETERMINISTIC: {
    message: 'The agent took another path than its stored history, so the run could not be continued.',
    retryable: false,
    recurs: true,
  },
  ATTEMPTS_EXHAUSTED: {
    message: 'The run was interrupted several times in a row without getting further.',
    retryable: true,
  },
  UNKNOWN_AGENT: { message: 'The agent of this run is not installed on the worker.', retryable: false },
  HOOK_EXPIRED: { message: 'Nobody answered in time, so the run ended.', retryable: true },
  STEP_FAILED: { message: 'A step of the run failed.', retryable: true },
  INTERNAL: { message: 'Something went wrong on our side. Try again.', retryable: true },
} as const satisfies Record<string, RunErrorEntry>;

export type RunErrorCode = keyof typeof runErrorCatalog;

/** A failure as it is stored and shown. */
export interface RunErrorInfo {
  code: RunErrorCode;
  message: string;
  retryable: boolean;
}

/** The stored form of a failure; `message` must be safe to show. */
export function runErrorInfo(code: RunErrorCode, message: string = runErrorCatalog[code].message): RunErrorInfo {
  return { code, message, retryable: runErrorCatalog[code].retryable };
}

/** System error codes which say that Postgres, Redis or a provider is currently unreachable. */
export const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
