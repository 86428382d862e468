/**
 * Which places a session has applied since its last snapshot, which holds everything before it. Owns how many are
 * remembered.
 */

/** A repeated batch comes soon after its first delivery. More: a longer memory, which nothing needs. */
const REMEMBERED = 256;

export class AppliedCursors {
  private readonly cursors = new Set<string>();

  has(cursor: string): boolean {
    return this.cursors.has(cursor);
  }

  add(cursor: string): void {
    this.cursors.add(cursor);
    const oldest = this.cursors.values().next();
    if (this.cursors.size > REMEMBERED && !oldest.done) this.cursors.delete(oldest.value);
  }

  /** Begins anew at a snapshot. */
  restart(cursor: string): void {
    this.cursors.clear();
    this.cursors.add(cursor);
  }
}
