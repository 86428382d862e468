/**
 * Loading of snapshots for many subscribers of one workflow at once.
 *
 * A load may be shared only by subscribers who need nothing newer than what its start could see. Whoever meets a marker joins
 * a load that was started by somebody who had met that marker or a later one; everybody else joins the next load, of
 * which there is at most one.
 */
import { type Cursor, compareCursors, laterCursor } from '#libs/contracts';

interface Load<T> {
  result: Promise<T>;
  /** The highest position that this load is sure to include. */
  includes: Cursor | null;
}

export class SnapshotLoads<T> {
  private running: Load<T> | null = null;
  private next: Load<T> | null = null;

  /** The snapshot of a load that begins after this call or is sure to include `atLeast`. Rejects as the loader does. */
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
