/**
 * An async iterator whose values are mapped one by one; `null` leaves one out. Written by hand: an `async function*` would queue `return()`
 * behind a pending `next()` and keep the subscription of a client that left.
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
        // A reader whose `next()` rejects never calls `return()`: the source would stay open for ever.
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
