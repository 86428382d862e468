/**
 * What a failed model call means for the run. Owns the table from a provider's failures to retry or fail; no text of a
 * provider passes through, because it may hold keys, addresses or prompts.
 *
 * | what happened                                      | code                  | tried again |
 * |----------------------------------------------------|-----------------------|-------------|
 * | 429                                                | PROVIDER_RATE_LIMITED | yes         |
 * | 408, 409, 425, 5xx, error event inside the stream  | PROVIDER_UNAVAILABLE  | yes         |
 * | 400, 401, 403, 404, 422 and other 4xx              | PROVIDER_REJECTED     | no          |
 * | connection refused, cut, end without completion    | PROVIDER_INTERRUPTED  | yes         |
 * | no first byte, silence, total time                 | PROVIDER_TIMEOUT      | yes         |
 * | refusal, content filter                            | MODEL_REFUSED         | no          |
 * | output limit of the model                          | OUTPUT_TOO_LONG       | no          |
 */
import { APICallError, type FinishReason } from 'ai';
import { FatalError, OutputLimitError, RetryableError } from './errors.js';

const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 425]);

/** The engine's error for whatever a model call threw or reported. */
export function toModelCallError(cause: unknown): Error {
  if (cause instanceof FatalError || cause instanceof RetryableError || cause instanceof OutputLimitError) return cause;
  if (isTimeout(cause)) return new RetryableError('PROVIDER_TIMEOUT', { cause });
  if (APICallError.isInstance(cause)) return fromApiCall(cause);
  if (isConnectionFailure(cause)) return new RetryableError('PROVIDER_INTERRUPTED', { cause });
  return new RetryableError('PROVIDER_UNAVAILABLE', { cause });
}

/** The error that an unfinished answer stands for, or `null` when the answer is whole. */
export function errorOfFinishReason(reason: FinishReason | 'interrupted' | undefined): Error | null {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
      return null;
    case 'length':
      return new FatalError('OUTPUT_TOO_LONG');
    case 'content-filter':
      return new FatalError('MODEL_REFUSED');
    case 'error':
      return new RetryableError('PROVIDER_UNAVAILABLE');
    default:
      return new RetryableError('PROVIDER_INTERRUPTED');
  }
}

function fromApiCall(error: APICallError): Error {
  const status = error.statusCode;
  if (status === undefined) return new RetryableError('PROVIDER_INTERRUPTED', { cause: error });
  const retryAfterMs = retryAfterOf(error.responseHeaders);
  if (status === 429) return new RetryableError('PROVIDER_RATE_LIMITED', { retryAfterMs, cause: error });
  if (status >= 500 || retryableStatuses.has(status)) {
    return new RetryableError('PROVIDER_UNAVAILABLE', { retryAfterMs, cause: error });
  }
  if (status < 400) return new RetryableError('PROVIDER_INTERRUPTED', { cause: error });
  return new FatalError('PROVIDER_REJECTED', undefined, { cause: error });
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
  if ('code' in error && typeof error.code === 'string' && connectionCodes.has(error.code)) return true;
  if (error instanceof TypeError && /terminated|fetch failed|network/i.test(error.message)) return true;
  return isConnectionFailure(error.cause, depth + 1);
}
