/**
 * Who may be executed beside whom in this process. Owns the order: runs are let in as they come, many at once, but for one
 * that has to be alone, before which all others leave and behind which all later ones wait.
 */
interface Waiting {
  alone: boolean;
  enter: () => void;
  refuse: (reason: Error) => void;
}

/** Whoever was waiting when the gate closed, or came later. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
}

export class RunGate {
  private readonly waiting: Waiting[] = [];
  private inside = 0;
  private isOneAlone = false;
  private closed = false;

  /** Does the work beside others, or alone. Rejects with `GateClosed` when it has not begun before the gate closed. */
  async pass<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter, refuse) => {
      this.waiting.push({ alone, enter, refuse });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.inside -= 1;
      this.isOneAlone = false;
      this.admit();
    }
  }

  /** Whether somebody is alone inside or waits to be: whoever comes now has to wait. */
  get isHeldUp(): boolean {
    return this.isOneAlone || this.waiting.length > 0;
  }

  /** Lets nobody in any more. */
  close(): void {
    this.closed = true;
    this.admit();
  }

  private admit(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (!this.closed && (this.isOneAlone || (next.alone && this.inside > 0))) return;
      this.waiting.shift();
      if (this.closed) {
        next.refuse(new GateClosed('This worker takes no more runs.'));
        continue;
      }
      this.inside += 1;
      this.isOneAlone = next.alone;
      next.enter();
    }
  }
}
