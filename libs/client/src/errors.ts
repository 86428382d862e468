/** All failures of the client, as three classes of one shape that tell whether a retry may help. */
import type { UserErrorCode } from './contracts.js';

/** Codes for the request as a whole. Newer servers may send others; treat an unknown one by `retryable`. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'BAD_USER_INPUT'
  | 'LIMIT_EXCEEDED'
  | 'NOT_FOUND'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  | 'CLIENT_DISPOSED'
  | (string & {});

/** What all failures have in common. */
export abstract class HoldfastError extends Error {
  /** Distinguishes the classes without `instanceof`, which fails across two copies of a package. */
  abstract readonly kind: 'network' | 'request' | 'refusal';
  abstract readonly code: string;
  /** Whether the same request may succeed later. */
  abstract readonly retryable: boolean;
  /** How long to wait before a retry, in milliseconds; `null` when the server did not say. */
  readonly retryAfterMs: number | null;

  protected constructor(message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** No answer was received. Whether the server carried out the request is unknown. */
export class NetworkError extends HoldfastError {
  override readonly name = 'NetworkError';
  readonly kind = 'network';
  readonly code = 'NETWORK';
  readonly retryable = true;

  constructor(cause: unknown) {
    super('The server could not be reached. Check that it is running, then try again.', { cause });
  }
}

/** The server answered with an error: transport, authentication, limits or an internal fault. */
export class RequestError extends HoldfastError {
  override readonly name = 'RequestError';
  readonly kind = 'request';
  readonly code: RequestErrorCode;
  readonly retryable: boolean;
  /** Identifies the request in the server's log. */
  readonly requestId: string | null;

  constructor(
    message: string,
    details: { code: RequestErrorCode; retryable: boolean; retryAfterMs?: number | null; requestId?: string | null },
  ) {
    super(message, details);
    this.code = details.code;
    this.retryable = details.retryable;
    this.requestId = details.requestId ?? null;
  }
}

/** One reason why a mutation was refused. */
export interface Refusal {
  readonly code: UserErrorCode;
  /** Path of the offending input field, outermost first; `null` when no single field is at fault. */
  readonly field: readonly string[] | null;
  /** A sentence for users. */
  readonly message: string;
}

/** A mutation was understood and refused; nothing was stored. `code` and `message` are those of the first reason. */
export class RefusalError extends HoldfastError {
  override readonly name = 'RefusalError';
  readonly kind = 'refusal';
  readonly code: UserErrorCode;
  readonly retryable: boolean;
  readonly refusals: readonly [Refusal, ...Refusal[]];

  constructor(refusals: readonly [Refusal, ...Refusal[]]) {
    super(refusals[0].message);
    this.code = refusals[0].code;
    this.refusals = refusals;
    this.retryable = refusals.every(({ code }) => code === 'RATE_LIMITED' || code === 'UNAVAILABLE');
  }
}

/** Every failure of a client method, distinguished by `kind`. An aborted method rejects with its signal's reason instead. */
export type HoldfastFailure = NetworkError | RequestError | RefusalError;

/** Whether this is a failure of a client, from any copy of the package. */
export function isHoldfastFailure(error: unknown): error is HoldfastFailure {
  return error instanceof Error && 'kind' in error && ['network', 'request', 'refusal'].includes(String(error.kind));
}

/** A GraphQL error as transmitted. */
export interface GraphqlErrorAnswer {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The first of the server's errors; the others belong to the same request. */
export function requestErrorOf(errors: readonly GraphqlErrorAnswer[]): RequestError {
  const [first] = errors;
  const { code, retryable, retryAfterMs, requestId } = first?.extensions ?? {};
  return new RequestError(first?.message ?? 'The server could not answer. Try again.', {
    code: typeof code === 'string' ? code : 'INTERNAL',
    retryable: retryable === true,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : null,
    requestId: typeof requestId === 'string' ? requestId : null,
  });
}
