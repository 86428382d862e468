/**
 * Decides what clients see of an error, in one shape for HTTP and WebSocket. Stacks, SQL and driver messages are never
 * shown.
 */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ApiError, type ApiErrorCode, apiErrorCatalog, isApiErrorCode } from './api-error.js';
import { isUnavailable } from './vendor-failures.js';

export interface ErrorExtensions {
  code: ApiErrorCode;
  requestId: string | null;
  retryable: boolean;
  retryAfterMs: number | null;
}

/** The machine-readable part of an error. */
export function errorExtensions(
  code: ApiErrorCode,
  requestId: string | null,
  retryAfterMs: number | null = apiErrorCatalog[code].retryAfterMs,
): ErrorExtensions {
  const { retryable } = apiErrorCatalog[code];
  return { code, requestId, retryable, retryAfterMs };
}

export interface ClassifiedError {
  code: ApiErrorCode;
  message: string;
  /** Differs from the catalogue's where the error says so. */
  retryAfterMs?: number | null;
  /** What has to be logged; `null` when the answer says everything and only the client can act on it. */
  hidden: unknown;
}

const tokenLimit = /contains more that \d+ tokens/;

/** Codes with which Apollo and graphql-js mark errors whose own message may be shown. */
const requestCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** Unwraps what resolvers threw. graphql-js also wraps its own errors, and for those the outer message says more. */
function innermost(error: unknown): unknown {
  if (!(error instanceof GraphQLError) || error instanceof ApiError || !error.originalError) return error;
  const wrapped = error.originalError;
  if (wrapped instanceof GraphQLError && !(wrapped instanceof ApiError) && !wrapped.originalError) return error;
  return innermost(wrapped);
}

/** Decides what of an error may be shown. Any error that is not known to be safe becomes INTERNAL. */
export function classifyError(error: unknown, formatted?: GraphQLFormattedError): ClassifiedError {
  const inner = innermost(error);
  if (inner instanceof ApiError) {
    // Its message hides nothing, but the operator has to know.
    const { code, message, retryAfterMs } = inner;
    return { code, message, retryAfterMs, hidden: code === 'UNAVAILABLE' ? inner : null };
  }
  if (isUnavailable(inner)) {
    return { code: 'UNAVAILABLE', message: apiErrorCatalog.UNAVAILABLE.message, hidden: inner };
  }
  if (inner instanceof GraphQLError) {
    const message = inner.message;
    if (tokenLimit.test(message)) return { code: 'LIMIT_EXCEEDED', message, hidden: null };
    const code = formatted?.extensions?.code ?? inner.extensions.code;
    if (isApiErrorCode(code) && code !== 'INTERNAL') return { code, message, hidden: null };
    if (typeof code === 'string' && requestCodes.has(code)) return { code: 'BAD_USER_INPUT', message, hidden: null };
    // graphql-js sets no code on errors in a document or its variables that it finds before execution.
    if (code === undefined && inner.path === undefined) return { code: 'BAD_USER_INPUT', message, hidden: null };
  }
  // The parser recurses as deep as the document is nested.
  if (inner instanceof RangeError && formatted?.extensions?.code === 'GRAPHQL_PARSE_FAILED') {
    return { code: 'LIMIT_EXCEEDED', message: 'The document is nested too deeply.', hidden: null };
  }
  return { code: 'INTERNAL', message: apiErrorCatalog.INTERNAL.message, hidden: inner };
}

/** The error as clients get it. `locations` and `path` are kept, because they refer to the client's own document. */
export function publicError(
  error: unknown,
  requestId: string | null,
  formatted?: GraphQLFormattedError,
): { shown: GraphQLFormattedError; classified: ClassifiedError } {
  const classified = classifyError(error, formatted);
  const place = formatted ?? (error instanceof GraphQLError ? error.toJSON() : undefined);
  const shown: GraphQLFormattedError = {
    message: classified.message,
    ...(place?.locations && { locations: place.locations }),
    ...(place?.path && { path: place.path }),
    extensions: { ...errorExtensions(classified.code, requestId, classified.retryAfterMs) },
  };
  return { shown, classified };
}

/**
 * The message without suggested names from the schema ("Did you mean …?"). Validation is not the only source of these:
 * errors in variables have them too.
 */
export function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^?]{0,1000}\?$/, '');
}
