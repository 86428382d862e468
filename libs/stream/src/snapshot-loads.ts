/**
 * Shares snapshot loads between subscribers of one workflow.
 *
 * A subscriber may share a load only if it needs nothing newer than what the load could see when it started. A subscriber
 * that meets a marker joins a load started by one that had met the same marker or a later one. All others join the next
 * load; at most one is queued.
 */
import { type Cursor, compareCursors, laterCursor } from '#libs/contracts';

interface Load<T> {
  result: Promise<T>;
  /** The highest position that this load is certain to include. */
  includes: Cursor | null;
}

export class SnapshotLoads<T> {
  private running: Load<T> | null = null;
  private next: Load<T> | null = null;

  /**
   * The snapshot of a load that begins after this call, or that is certain to include `atLeast`. Rejects as the loader
   * does.
   */
  load(loader: () => Promise<T>, atLeast: Cursor | null): Promise<T> {
    const { running } = this;
    if (!running && !this.next) return this.start(loader, atLeast).result;
    if (running && atLeast && running.includes && compareCursors(running.includes, atLeast) >= 0) return running.result;
    this.next ??= { result: this.startAfter(running, loader), includes: null };
    const { includes } = this.next;
    this.next.includes = includes && atLeast ? laterCursor(includes, atLeast) : (includes ?? atLeast);
    return this.next.result;
  }

  private start(loader: () => Promise<T>, includes: Cursor | null): Load<T> {
    const load: Load<T> = { result: loader(), includes };
    this.running = load;
    const ended = (): void => {
      if (this.running === load) this.running = null;
    };
    load.result.then(ended, ended);
    return load;
  }

  private async startAfter(running: Load<T> | null, loader: () => Promise<T>): Promise<T> {
    await running?.result.catch(() => undefined);
    const { next } = this;
    this.next = null;
    return this.start(loader, next?.includes ?? null).result;
  }
}
