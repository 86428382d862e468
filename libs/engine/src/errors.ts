/** Errors that steer a run, and what each means to the engine. The messages for people are in contracts. */
import { type RunErrorCode, type RunErrorInfo, runErrorInfo, type StepId, type Usage } from '#libs/contracts';
import { STEP_RETRIES, timings } from './timings.js';

/** A later claim holds the workflow. Code that catches this must stop and write nothing more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** The stream no longer exists (Redis lost its data). A new epoch has to be claimed and opened. */
export class StreamLostError extends Error {
  override readonly name = 'StreamLostError';
}

/** The store is unreachable for now. This says nothing about the run, which is left for another delivery. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/**
 * The agent does not reach its next stored step, although nothing shows that it took another path. The run is left for
 * another delivery, which counts as an attempt without progress.
 */
export class ReplayStalledError extends Error {
  override readonly name = 'ReplayStalledError';
}

/** Whether an error is about the claim or an outage, and says nothing about the run or its step. */
export function tellsNothingOfTheRun(error: unknown): boolean {
  return (
    error instanceof FencedError ||
    error instanceof StreamLostError ||
    error instanceof StoreUnavailableError ||
    error instanceof ReplayStalledError
  );
}

/** Could not connect to a model's provider in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';

  constructor(readonly limitMs: number) {
    super(`There was no connection within ${limitMs} ms.`);
  }
}

/** A chunk, a step or a run exceeded its size limit. */
export class OutputLimitError extends Error {
  override readonly name = 'OutputLimitError';
}

/** `usage`: what the failed try used nevertheless, if known. */
interface FailureOptions extends ErrorOptions {
  usage?: Usage | null;
}

/** Ends the run at once. */
export class FatalError extends Error {
  override readonly name: string = 'FatalError';
  readonly code: RunErrorCode;
  readonly usage: Usage | null;

  /** `message` is shown to people: it must not contain secrets or text from vendors. */
  constructor(code: RunErrorCode, message?: string, { usage = null, ...options }: FailureOptions = {}) {
    super(message ?? runErrorInfo(code).message, options);
    this.code = code;
    this.usage = usage;
  }
}

/**
 * A step failed for good, now or in an earlier attempt: what an agent can catch around a step. The original error is its
 * `cause` only in the attempt in which it happened, so decide by `code`.
 */
export class StepError extends FatalError {
  override readonly name: string = 'StepError';

  constructor(
    readonly step: { readonly id: StepId; readonly name: string },
    error: RunErrorInfo,
    options?: ErrorOptions,
  ) {
    super(error.code, error.message, options);
  }
}

/** Several steps failed in parallel. It has the error of the first one; a retry of the run executes all of them again. */
export class StepsError extends StepError {
  override readonly name = 'StepsError';

  constructor(
    first: StepError,
    readonly others: readonly StepError[],
  ) {
    super(first.step, runErrorInfo(first.code, first.message), { cause: first.cause });
  }
}

/** The steps that an error is about, even when an agent has wrapped it. */
export function failedStepsOf(error: unknown, depth = 0): StepId[] {
  if (!(error instanceof Error) || depth > 5) return [];
  if (error instanceof StepsError) return [error.step.id, ...error.others.map(({ step }) => step.id)];
  if (error instanceof StepError) return [error.step.id];
  if (error instanceof AggregateError) return error.errors.flatMap((one) => failedStepsOf(one, depth + 1));
  return failedStepsOf(error.cause, depth + 1);
}

/** A hook expired before anybody answered. An agent that does not catch it fails with HOOK_EXPIRED. */
export class HookExpiredError extends StepError {
  override readonly name = 'HookExpiredError';
}

/** The step may be tried again, after `retryAfterMs` if given. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code: RunErrorCode;
  readonly retryAfterMs: number | null;
  readonly usage: Usage | null;

  constructor(code: RunErrorCode, options: FailureOptions & { message?: string; retryAfterMs?: number | null } = {}) {
    super(options.message ?? runErrorInfo(code).message, { cause: options.cause });
    this.code = code;
    this.usage = options.usage ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The stored and shown form of what ended a step or a run. Unknown errors become INTERNAL, without their own text. */
export function toRunError(error: unknown): RunErrorInfo {
  if (error instanceof FatalError || error instanceof RetryableError) return runErrorInfo(error.code, error.message);
  if (error instanceof OutputLimitError) return runErrorInfo('OUTPUT_LIMIT');
  return runErrorInfo('INTERNAL');
}

/** What a failed try used, if its error says so. */
export function usageOfError(error: unknown): Usage | null {
  return error instanceof FatalError || error instanceof RetryableError ? error.usage : null;
}

/**
 * Milliseconds until the next try, or `null` when the failure is final. `tryNumber` counts from 1. An error of unknown kind
 * may be temporary, so it is tried again; code that knows better throws a `FatalError`.
 */
export function retryDelayMs(
  error: unknown,
  tryNumber: number,
  retries: number = STEP_RETRIES,
  random: () => number = Math.random,
): number | null {
  const isFinal = error instanceof FatalError || error instanceof OutputLimitError;
  if (isFinal || tryNumber > retries) return null;
  if (error instanceof RetryableError && error.retryAfterMs !== null) {
    return error.retryAfterMs <= timings.retryAfterMaxMs ? error.retryAfterMs : null;
  }
  const ceiling = Math.min(timings.retryMaxMs, timings.retryBaseMs * 2 ** (tryNumber - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
