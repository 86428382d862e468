/** The id of the request that is being answered, wherever code runs for it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const scope = new AsyncLocalStorage<string>();

/** What an upstream proxy may hand over as an id. */
const acceptable = /^[\w.:-]{8,128}$/;

/** The id that came with the request when it is harmless, else a fresh one. */
export function chooseRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
}

/** Runs `work`, and everything that it starts, under this id. */
export function inRequestScope<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}

/** The id of the present request, or `null` outside of one. */
export function currentRequestId(): string | null {
  return scope.getStore() ?? null;
}
