/** The id of the current request, available to all code that runs for it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const scope = new AsyncLocalStorage<string>();

/** Request ids accepted from an upstream proxy. */
const acceptable = /^[\w.:-]{8,128}$/;

/** The id that came with the request if it is acceptable, otherwise a new one. */
export function chooseRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
}

/** Runs `work`, and everything it starts, under this id. */
export function inRequestScope<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}

/** The id of the current request, or `null` outside of one. */
export function currentRequestId(): string | null {
  return scope.getStore() ?? null;
}
