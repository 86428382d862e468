/**
 * What leaves the server when something goes wrong: one shape for HTTP and WebSocket. Owns the decision which text may
 * be shown; stacks, SQL and drivers' words never are.
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
export function errorExtensions(code: ApiErrorCode, requestId: string | null): ErrorExtensions {
  const { retryable, retryAfterMs } = apiErrorCatalog[code];
  return { code, requestId, retryable, retryAfterMs };
}

export interface ClassifiedError {
  code: ApiErrorCode;
  message: string;
  /** What has to be logged; `null` when the answer says all and nobody but the client can do anything about it. */
  hidden: unknown;
}

const tokenLimit = /contains more that \d+ tokens/;

/** Codes by which Apollo and graphql-js mark refusals whose own text may be shown. */
const requestCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** Unwraps what resolvers threw. graphql-js also wraps its own findings, and there the outer text says more. */
function innermost(error: unknown): unknown {
  if (!(error instanceof GraphQLError) || error instanceof ApiError || !error.originalError) return error;
  const wrapped = error.originalError;
  if (wrapped instanceof GraphQLError && !(wrapped instanceof ApiError) && !wrapped.originalError) return error;
  return innermost(wrapped);
}

/** Decides what of an error may be shown. Anything that is not known to be harmless becomes INTERNAL. */
export function classifyError(error: unknown, formatted?: GraphQLFormattedError): ClassifiedError {
  const inner = innermost(error);
  if (inner instanceof ApiError) {
    // Nothing of it is hidden, but whoever runs the server has to know.
    return { code: inner.code, message: inner.message, hidden: inner.code === 'UNAVAILABLE' ? inner : null };
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
    // graphql-js itself gives no code to what it finds wrong with a document or its variables before execution.
    if (code === undefined && inner.path === undefined) return { code: 'BAD_USER_INPUT', message, hidden: null };
  }
  // The parser goes as deep as the document does.
  if (inner instanceof RangeError && formatted?.extensions?.code === 'GRAPHQL_PARSE_FAILED') {
    return { code: 'LIMIT_EXCEEDED', message: 'The document is nested too deeply.', hidden: null };
  }
  return { code: 'INTERNAL', message: apiErrorCatalog.INTERNAL.message, hidden: inner };
}

/** The error as clients get it. `locations` and `path` are kept: they are the client's own document. */
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
    extensions: { ...errorExtensions(classified.code, requestId) },
  };
  return { shown, classified };
}

/** The message without names that the schema has instead of the one that was given. Variables are checked by more than validation. */
export function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^?]{0,1000}\?$/, '');
}
