/**
 * Decides which runs may execute side by side in this process. Runs enter in order of arrival, many at once. A run that
 * must be alone waits until all others have left, and later ones wait for it.
 */
interface Waiting {
  alone: boolean;
  enter: () => void;
  refuse: (reason: Error) => void;
}

/** Rejection for callers that were waiting when the gate closed, or came later. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
}

export class RunGate {
  private readonly waiting: Waiting[] = [];
  private inside = 0;
  private isOneAlone = false;
  private closed = false;

  /** Runs `work` beside others, or alone. Rejects with `GateClosed` when the gate closes before it has begun. */
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

  /** Whether a run is alone inside or waiting to be, so that every new one has to wait. */
  get isHeldUp(): boolean {
    return this.isOneAlone || this.waiting.length > 0;
  }

  /** Admits no more runs. */
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
