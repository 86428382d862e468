/**
 * Classifies a provider's own error report (codes, types, status, message text): whether a retry is pointless, and the kind
 * of an error inside a stream, which has no HTTP status. The text is never passed on.
 */
import { APICallError, StreamProviderError } from 'ai';
import type { FailingKind } from './model-failures.js';

export interface ProviderReport {
  status: number | undefined;
  /** Codes and types, in lower case. */
  codes: string[];
  words: string;
}

/** How many characters of a provider's message are searched. */
const MAX_WORDS = 2_000;
/** How many characters of a body are searched for an error. */
const MAX_BODY = 100_000;

const quotaCodes: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'insufficient_credits',
  'insufficient_balance',
  'insufficient_funds',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'payment_required',
  '402',
]);
// Not "exceeded your current quota": Gemini also says that about its limit per minute.
const quotaWords =
  /insufficient[ _](?:quota|credit|balance|fund)|credit balance is too low|out of credits|no credits left/i;

const contextCodes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'context_window_exceeded',
  'context_too_long',
  'request_too_large',
]);
const contextWords =
  /context[ _](?:length|size|window)|maximum context|prompt is too long|input is too long|too many (?:input |prompt )?tokens|exceeds? the (?:maximum|max) (?:number of )?(?:input )?tokens|input token count[^.]{0,60}exceeds/i;

const rateCodes: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'rate_limit_error', 'too_many_requests', '429']);
const overloadCodes: ReadonlySet<string> = new Set(['overloaded_error', 'overloaded', 'service_unavailable']);
const rejectedCodes: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'authentication_error',
  'permission_error',
  'not_found_error',
  'invalid_api_key',
  'model_not_found',
]);

export function reportedBy(cause: unknown): ProviderReport {
  if (APICallError.isInstance(cause)) return reportOf(cause.data ?? bodyOf(cause.responseBody), cause.statusCode);
  if (StreamProviderError.isInstance(cause)) {
    const { data, statusCode, code, type, message } = cause;
    const inner = reportOf(data, statusCode);
    return {
      ...inner,
      codes: [...codesOf([code, type]), ...inner.codes],
      words: `${message.slice(0, MAX_WORDS)} ${inner.words}`,
    };
  }
  return reportOf(cause instanceof Error ? { message: cause.message } : cause, undefined);
}

/** `null` when nothing in the report is recognised. */
export function kindOfReport({ status, codes, words }: ProviderReport): FailingKind | null {
  const has = (known: ReadonlySet<string>) => codes.some((code) => known.has(code));
  if (status === 402 || has(quotaCodes) || quotaWords.test(words)) return 'quotaUsedUp';
  if (status === 429 || has(rateCodes)) return 'rateLimited';
  if (has(contextCodes) || contextWords.test(words)) return 'contextTooLong';
  if (has(overloadCodes)) return 'overloaded';
  const known = status ?? codes.map(Number).find((code) => code >= 400 && code < 600);
  if (known !== undefined && (known >= 500 || [408, 409, 425].includes(known))) return 'overloaded';
  return has(rejectedCodes) || known !== undefined ? 'rejected' : null;
}

function reportOf(said: unknown, status: number | undefined): ProviderReport {
  const outer = typeof said === 'string' ? { message: said } : recordOf(said);
  const inner =
    typeof outer.error === 'string'
      ? { message: outer.error }
      : recordOf(outer.error ?? recordOf(outer.response).error);
  const words = [inner.message, outer.message, outer.detail].filter((text) => typeof text === 'string').join(' ');
  return {
    status,
    codes: codesOf([inner.code, inner.type, inner.status, outer.code, outer.type, outer.status]),
    words: words.slice(0, MAX_WORDS),
  };
}

function codesOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value).slice(0, 100).toLowerCase()] : [],
  );
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function bodyOf(body: string | undefined): unknown {
  if (body === undefined || body.length > MAX_BODY) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
