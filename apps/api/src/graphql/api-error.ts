/**
 * Top-level errors: transport, authentication, limits and faults. Mutations report expected refusals as user errors
 * instead.
 */
import { GraphQLError } from 'graphql';

interface ApiErrorEntry {
  message: string;
  retryable: boolean;
  retryAfterMs: number | null;
  httpStatus: number;
}

export const apiErrorCatalog = {
  UNAUTHENTICATED: { message: 'Sign in first.', retryable: false, retryAfterMs: null, httpStatus: 401 },
  BAD_USER_INPUT: { message: 'The request is not valid.', retryable: false, retryAfterMs: null, httpStatus: 400 },
  LIMIT_EXCEEDED: { message: 'The request is too large.', retryable: false, retryAfterMs: null, httpStatus: 400 },
  NOT_FOUND: {
    message: 'Not found, or not yours.',
    retryable: false,
    retryAfterMs: null,
    httpStatus: 200,
  },
  RATE_LIMITED: {
    message: 'That was a lot in a short time. Try again in a moment.',
    retryable: true,
    retryAfterMs: 5_000,
    httpStatus: 429,
  },
  UNAVAILABLE: {
    message: 'A part of the server cannot be reached at the moment. Try again in a few seconds.',
    retryable: true,
    retryAfterMs: 2_000,
    httpStatus: 503,
  },
  INTERNAL: { message: 'Something went wrong on our side.', retryable: false, retryAfterMs: null, httpStatus: 500 },
} as const satisfies Record<string, ApiErrorEntry>;

export type ApiErrorCode = keyof typeof apiErrorCatalog;

/** An error whose message is shown to clients unchanged, so it must contain only text written in this code base. */
export class ApiError extends GraphQLError {
  readonly code: ApiErrorCode;
  /** When the same request may succeed, in milliseconds; `null` when it never will. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ApiErrorCode,
    message: string = apiErrorCatalog[code].message,
    retryAfterMs: number | null = apiErrorCatalog[code].retryAfterMs,
  ) {
    super(message, { extensions: { code } });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

export function isApiErrorCode(code: unknown): code is ApiErrorCode {
  return typeof code === 'string' && Object.hasOwn(apiErrorCatalog, code);
}
