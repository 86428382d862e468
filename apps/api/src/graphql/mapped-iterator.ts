/**
 * An async iterator that maps each value; a value mapped to `null` is skipped. Not an `async function*`, because that would
 * queue `return()` behind a pending `next()` and keep the subscription of a client that left.
 */
export class MappedIterator<S, T> implements AsyncIterableIterator<T> {
  constructor(
    private readonly source: AsyncIterator<S>,
    private readonly map: (value: S) => T | null | Promise<T | null>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      const result = await this.source.next();
      if (result.done) return { value: undefined, done: true };
      try {
        const value = await this.map(result.value);
        if (value !== null) return { value, done: false };
      } catch (error) {
        // A consumer whose `next()` rejects never calls `return()`, so the source would stay open forever.
        await this.source.return?.();
        throw error;
      }
    }
  }

  async return(): Promise<IteratorResult<T>> {
    await this.source.return?.();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    await this.source.return?.();
    throw error;
  }
}
