/**
 * What `for await` asks of a subscription, written by hand: a generator would keep `return()` waiting behind a pending
 * `next()`, and with it the subscription of somebody who has left.
 */
export abstract class PullIterator<T> implements AsyncIterableIterator<T> {
  private readonly pending: PromiseWithResolvers<IteratorResult<T>>[] = [];
  private done = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The next value, as soon as there is one. */
  next(): Promise<IteratorResult<T>> {
    if (this.done) return Promise.resolve({ done: true, value: undefined });
    const next = Promise.withResolvers<IteratorResult<T>>();
    this.pending.push(next);
    this.pull();
    return next.promise;
  }

  /** Ends it at once, also while a `next()` is pending, which then resolves as done. */
  return(): Promise<IteratorResult<T>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<T>> {
    this.end();
    return Promise.reject(error);
  }

  protected get hasEnded(): boolean {
    return this.done;
  }

  /** Whether somebody waits for a value. */
  protected get isAwaited(): boolean {
    return this.pending.length > 0;
  }

  /** Answers the `next()` that has waited longest. */
  protected deliver(value: T): void {
    this.pending.shift()?.resolve({ done: false, value });
  }

  protected end(): void {
    if (this.done) return;
    this.done = true;
    this.release();
    for (const { resolve } of this.pending.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Rejects the `next()` that has waited longest, and ends. */
  protected fail(error: unknown): void {
    const waiting = this.pending.shift();
    this.end();
    waiting?.reject(error);
  }

  /** Called by each `next()`: sees to it that `deliver` or `fail` follows, now or later. */
  protected abstract pull(): void;

  /** Called once, when it ends. */
  protected abstract release(): void;
}
