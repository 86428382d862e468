/**
 * Maps errors of providers and the SDK to rows of the failure table. A provider's text is never passed on, because it may
 * contain keys, addresses or prompts.
 */
import { APICallError, type FinishReason } from 'ai';
import { type Usage, unreachableCodes } from '#libs/contracts';
import { ConnectTimeoutError, FatalError, OutputLimitError, RetryableError } from './errors.js';
import { type FailingKind, modelFailures } from './model-failures.js';
import { kindOfReport, reportedBy } from './provider-reports.js';

const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 425]);

interface FailureDetails {
  cause?: unknown;
  retryAfterMs?: number | null;
  /** What the call used nevertheless, if the provider said so. */
  usage?: Usage | null;
}

/** The error for a row of the table. */
export function modelFailure(
  kind: FailingKind,
  { cause, retryAfterMs = null, usage = null }: FailureDetails = {},
): Error {
  const { outcome, code } = modelFailures[kind];
  return outcome === 'retry'
    ? new RetryableError(code, { retryAfterMs, cause, usage })
    : new FatalError(code, undefined, { cause, usage });
}

/** The engine's error for whatever a model call threw or reported, with its usage if known. */
export function toModelCallError(cause: unknown, usage: Usage | null = null): Error {
  if (cause instanceof FatalError || cause instanceof RetryableError || cause instanceof OutputLimitError) return cause;
  if (isConnectTimeout(cause)) return modelFailure('connectTimeout', { cause, usage });
  // It does not matter which of the time limits it was.
  if (isTimeout(cause)) return modelFailure('idleTimeout', { cause, usage });
  if (APICallError.isInstance(cause)) return fromApiCall(cause, usage);
  if (isConnectionFailure(cause)) return modelFailure('unreachable', { cause, usage });
  return modelFailure(kindOfReport(reportedBy(cause)) ?? 'errorEvent', { cause, usage });
}

/** The error for an incomplete answer, or `null` when the answer is complete. */
export function errorOfFinishReason(
  reason: FinishReason | 'interrupted' | undefined,
  usage: Usage | null = null,
): Error | null {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
      return null;
    case 'length':
      return modelFailure('tooLong', { usage });
    case 'content-filter':
      return modelFailure('refused', { usage });
    case 'error':
      return modelFailure('errorEvent', { usage });
    default:
      return modelFailure('incomplete', { usage });
  }
}

function fromApiCall(cause: APICallError, usage: Usage | null): Error {
  const status = cause.statusCode;
  // A successful response that could not be read, or no response at all.
  if (status === undefined || status < 300) return modelFailure('unreachable', { cause, usage });
  const said = kindOfReport(reportedBy(cause));
  if (said === 'quotaUsedUp' || said === 'contextTooLong') return modelFailure(said, { cause, usage });
  const retryAfterMs = retryAfterOf(cause.responseHeaders);
  if (status === 429) return modelFailure('rateLimited', { cause, retryAfterMs, usage });
  if (status >= 500 || retryableStatuses.has(status)) return modelFailure('overloaded', { cause, retryAfterMs, usage });
  return modelFailure('rejected', { cause, usage });
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
  // Both times are by the provider's clock, which may differ from ours.
  const answeredAt = Date.parse(headers?.date ?? '');
  const waitMs = date - (Number.isNaN(answeredAt) ? Date.now() : answeredAt);
  return Number.isNaN(date) ? null : Math.max(0, waitMs);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AI_TimeoutError');
}

/** Recognises connect timeouts, both our own and those of Node's `fetch`. */
function isConnectTimeout(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  if (error instanceof ConnectTimeoutError || connectTimeouts.has(codeOf(error))) return true;
  return isConnectTimeout(error.cause, depth + 1);
}

const connectTimeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT']);

const connectionCodes: ReadonlySet<string> = new Set([
  ...unreachableCodes,
  'EPROTO',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

/** Error codes of TLS and certificates. Source: Node's manual, "X509 certificate error codes". */
const tlsCodes =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|HOSTNAME_MISMATCH$|INVALID_(CA|PURPOSE)$)|SELF_SIGNED_CERT/;

function isConnectionFailure(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  if (error instanceof TypeError && /terminated|fetch failed|network/i.test(error.message)) return true;
  const code = codeOf(error);
  return connectionCodes.has(code) || tlsCodes.test(code) || isConnectionFailure(error.cause, depth + 1);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
