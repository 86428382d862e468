/**
 * Gathers the keys that resolvers ask for in one turn of the event loop and reads them together. Keeps nothing: a later
 * turn reads again, so a long subscription never sees stale rows.
 */
export class BatchLoader<K extends string, V> {
  private readonly waiting = new Map<string, Map<K, PromiseWithResolvers<V | null>>>();

  /** `read` gets the distinct keys of one scope; what it leaves out is answered with `null`. */
  constructor(private readonly read: (scope: string, keys: K[]) => Promise<ReadonlyMap<K, V>>) {}

  /** The value of `key`, or `null` when there is none. Rejects when the read does. */
  load(scope: string, key: K): Promise<V | null> {
    let batch = this.waiting.get(scope);
    if (!batch) {
      batch = new Map();
      this.waiting.set(scope, batch);
      setImmediate(() => this.flush(scope));
    }
    let entry = batch.get(key);
    if (!entry) {
      entry = Promise.withResolvers<V | null>();
      batch.set(key, entry);
    }
    return entry.promise;
  }

  private flush(scope: string): void {
    const batch = this.waiting.get(scope);
    if (!batch) return;
    this.waiting.delete(scope);
    this.read(scope, [...batch.keys()]).then(
      (values) => {
        for (const [key, entry] of batch) entry.resolve(values.get(key) ?? null);
      },
      (error: unknown) => {
        for (const entry of batch.values()) entry.reject(error);
      },
    );
  }
}
