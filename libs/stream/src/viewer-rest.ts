/**
 * How one viewer waits while there is nothing to deliver. Owns the one wait under way; never decides what to wait for.
 */

export class ViewerRest {
  private interrupt: ((ended: boolean) => void) | null = null;
  private ended = false;

  /** Ends an `idle`. */
  readonly wake = (): void => this.interrupt?.(false);

  /** Ends every wait, now and later. */
  end(): void {
    this.ended = true;
    this.interrupt?.(true);
  }

  /** Waits to be woken, at most for a time. */
  idle(ms?: number): Promise<void> {
    return this.wait(ms, () => true);
  }

  /** Waits for a time, whoever wakes. */
  pause(ms: number): Promise<void> {
    return this.wait(ms, (ended) => ended);
  }

  private async wait(ms: number | undefined, ends: (ended: boolean) => boolean): Promise<void> {
    if (this.ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.interrupt = (ended) => {
      if (ends(ended)) resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(resolve, Math.max(0, ms));
    await promise;
    clearTimeout(timer);
    this.interrupt = null;
  }
}
