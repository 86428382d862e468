/**
 * Recognises failed model calls. Owns the way from what a provider or the SDK reports to a row of the failure table; no
 * text of a provider passes through, because it may hold keys, addresses or prompts.
 */
import { APICallError, type FinishReason } from 'ai';
import { FatalError, OutputLimitError, RetryableError } from './errors.js';
import { type FailingKind, modelFailures } from './model-failures.js';

const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 425]);

/** The error that the table says. */
export function modelFailure(
  kind: FailingKind,
  { cause, retryAfterMs = null }: { cause?: unknown; retryAfterMs?: number | null } = {},
): Error {
  const { outcome, code } = modelFailures[kind];
  return outcome === 'retry'
    ? new RetryableError(code, { retryAfterMs, cause })
    : new FatalError(code, undefined, { cause });
}

/** The engine's error for whatever a model call threw or reported. */
export function toModelCallError(cause: unknown): Error {
  if (cause instanceof FatalError || cause instanceof RetryableError || cause instanceof OutputLimitError) return cause;
  if (hasCode(cause, connectTimeouts)) return modelFailure('connectTimeout', { cause });
  // Which of the limits it was makes no difference to what follows.
  if (isTimeout(cause)) return modelFailure('idleTimeout', { cause });
  if (APICallError.isInstance(cause)) return fromApiCall(cause);
  if (isConnectionFailure(cause)) return modelFailure('unreachable', { cause });
  return modelFailure('errorEvent', { cause });
}

/** The error that an unfinished answer stands for, or `null` when the answer is whole. */
export function errorOfFinishReason(reason: FinishReason | 'interrupted' | undefined): Error | null {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
      return null;
    case 'length':
      return modelFailure('tooLong');
    case 'content-filter':
      return modelFailure('refused');
    case 'error':
      return modelFailure('errorEvent');
    default:
      return modelFailure('incomplete');
  }
}

function fromApiCall(error: APICallError): Error {
  const status = error.statusCode;
  if (status === undefined || status < 400) return modelFailure('unreachable', { cause: error });
  const retryAfterMs = retryAfterOf(error.responseHeaders);
  if (status === 429) return modelFailure('rateLimited', { cause: error, retryAfterMs });
  if (status >= 500 || retryableStatuses.has(status)) return modelFailure('overloaded', { cause: error, retryAfterMs });
  return modelFailure('rejected', { cause: error });
}

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. Source: RFC 9110, section 10.2.3. */
function retryAfterOf(headers: Record<string, string> | undefined): number | null {
  const exact = Number(headers?.['retry-after-ms'] || Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const text = headers?.['retry-after'];
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AI_TimeoutError');
}

const connectTimeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT']);

const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

function isConnectionFailure(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  if (error instanceof TypeError && /terminated|fetch failed|network/i.test(error.message)) return true;
  return hasCode(error, connectionCodes) || isConnectionFailure(error.cause, depth + 1);
}

/** Whether the error or one of its causes carries one of these codes. */
function hasCode(error: unknown, codes: ReadonlySet<string>, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  if ('code' in error && typeof error.code === 'string' && codes.has(error.code)) return true;
  return hasCode(error.cause, codes, depth + 1);
}
