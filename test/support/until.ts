/**
 * Waiting for a condition instead of for luck.
 */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first truthy answer of `condition`; rejects, naming `what`, when none comes in time. It looks once more
 * when the time is up: a pause of this process says nothing about what it waits for.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const isLast = Date.now() > deadline;
    const answer = await condition();
    if (answer) return answer as NonNullable<T>;
    if (isLast) throw new Error(`It did not happen within ${timeoutMs} ms: ${what}`);
    await delay(20);
  }
}
