/**
 * The async iterator behind a subscription, written by hand: in a generator, `return()` would wait behind a pending
 * `next()` and keep the subscription of a client that has left.
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

  /** Ends the iterator at once. A pending `next()` resolves as done. */
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

  /** Whether a `next()` is pending. */
  protected get isAwaited(): boolean {
    return this.pending.length > 0;
  }

  /** Resolves the oldest pending `next()`. */
  protected deliver(value: T): void {
    this.pending.shift()?.resolve({ done: false, value });
  }

  protected end(): void {
    if (this.done) return;
    this.done = true;
    this.release();
    for (const { resolve } of this.pending.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Rejects the oldest pending `next()` and ends the iterator. */
  protected fail(error: unknown): void {
    const waiting = this.pending.shift();
    this.end();
    waiting?.reject(error);
  }

  /** Called by each `next()`; must cause a call of `deliver` or `fail`, now or later. */
  protected abstract pull(): void;

  /** Called once, when the iterator ends. */
  protected abstract release(): void;
}
