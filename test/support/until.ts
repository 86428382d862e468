/** Waits for a condition instead of a fixed time. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first truthy result of `condition`; rejects, naming `what`, when none comes in time. It checks once
 * more when the time is up, because a pause of this process says nothing about the condition.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 60_000,
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
