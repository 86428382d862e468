/**
 * An error that comes again and again, such as one of a queue whose user may not call a command: logged when it comes,
 * then counted. Owns the counting; logs nothing itself.
 */

/** How long the same error is only counted. */
const quietMs = 60_000;
/** More kinds than this are taken for new ones again. */
const maxKinds = 50;

interface Repeated {
  loggedAt: number;
  since: number;
}

export class RepeatedErrors {
  private readonly kinds = new Map<string, Repeated>();

  /** @param now in milliseconds, never backwards */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns how often the same error came since it was logged last, when it is to be logged now; otherwise null */
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
