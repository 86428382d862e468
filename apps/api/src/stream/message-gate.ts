/**
 * Backpressure for what a client sends: limits how many messages of one socket the protocol library handles at a time.
 * These are subscriptions being prepared, and refusals and pongs that the client has not taken yet. Above the limit the
 * socket is not read, so a flood waits in the client's own buffers.
 *
 * The library cannot tell two uses of one id apart, so a reused id waits until its first use is over.
 */
export interface GatedSocket {
  /** Stops reading. Data that was already read may still arrive. */
  pause(): void;
  resume(): void;
}

/** A message being handled; for `subscribe`, until the subscription has ended. */
interface Use {
  counted: boolean;
  /** The client has sent `complete` for it. */
  completed: boolean;
}

export class MessageGate {
  /** Messages read but not handled yet: at most what one read of the socket brought. */
  private waiting: string[] = [];
  private readonly uses = new Map<string, Use>();
  private busy = 0;
  private closed = false;
  private paused = false;

  /**
   * @param handle resolves when everything that a message caused is over: for a subscription, when it has ended
   * @param most messages that are handled at once, not counting open subscriptions
   */
  constructor(
    private readonly socket: GatedSocket,
    private readonly handle: (message: string) => Promise<void>,
    private readonly most: number,
  ) {}

  /** Messages being handled, not counting open subscriptions. */
  get inFlight(): number {
    return this.busy;
  }

  push(message: string): void {
    if (this.closed) return;
    this.waiting.push(message);
    this.pump();
  }

  /** The subscription with this id is open now, so it no longer counts. */
  opened(id: string): void {
    const use = this.uses.get(id);
    if (!use?.counted) return;
    use.counted = false;
    this.busy -= 1;
    this.pump();
  }

  /** Drops the waiting messages. */
  close(): void {
    this.closed = true;
    this.waiting = [];
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.busy < this.most) {
      const message = this.waiting[0] as string;
      const { type, id } = kindOf(message);
      const earlier = this.uses.get(id);
      if (type === 'subscribe' && earlier?.completed) break;
      if (type === 'complete' && earlier) earlier.completed = true;
      this.waiting.shift();
      const use: Use = { counted: true, completed: false };
      const isNew = type === 'subscribe' && !earlier;
      if (isNew) this.uses.set(id, use);
      this.busy += 1;
      void this.handle(message).finally(() => {
        if (isNew) this.uses.delete(id);
        if (use.counted) this.busy -= 1;
        this.pump();
      });
    }
    const isFull = this.waiting.length > 0;
    if (this.closed || isFull === this.paused) return;
    this.paused = isFull;
    if (isFull) this.socket.pause();
    else this.socket.resume();
  }
}

/** The type and id that the library will read from a message; it closes the socket when a message is invalid. */
function kindOf(message: string): { type: unknown; id: string } {
  try {
    const { type, id } = JSON.parse(message) as Record<string, unknown>;
    return { type, id: String(id) };
  } catch {
    return { type: null, id: '' };
  }
}
