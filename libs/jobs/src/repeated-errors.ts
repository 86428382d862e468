/**
 * Limits the logging of a recurring error, such as when the Redis user lacks permission for a command: log it the first
 * time, then only count it for a while.
 */

/** How long the same error is only counted, not logged. */
const quietMs = 60_000;
/** Above this number of different errors, the memory starts over and known errors count as new. */
const maxKinds = 50;

interface Repeated {
  loggedAt: number;
  since: number;
}

export class RepeatedErrors {
  private readonly kinds = new Map<string, Repeated>();

  /** @param now in milliseconds, never backwards */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns when the error should be logged now, how often it recurred since it was last logged; otherwise null */
  note(error: Error): { repeated: number } | null {
    const kind = this.kinds.get(error.message);
    const now = this.now();
    if (kind && now - kind.loggedAt < quietMs) {
      kind.since += 1;
      return null;
    }
    if (!kind && this.kinds.size >= maxKinds) this.kinds.clear();
    this.kinds.set(error.message, { loggedAt: now, since: 0 });
    return { repeated: kind?.since ?? 0 };
  }
}
