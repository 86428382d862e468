/**
 * What a client says on one socket, handed to the protocol library a little at a time. Owns how much of it may be in the works at
 * once: subscriptions that are being prepared, refusals and pongs that the client has not taken yet. While it is too much the
 * socket is not read, so a flood waits in the client's own buffers.
 *
 * The library cannot tell two uses of one id apart, so an id that is used again waits until its first use is over.
 */
export interface GatedSocket {
  /** Stops reading. What has been read already may still come. */
  pause(): void;
  resume(): void;
}

/** A message whose handling has not ended, or a subscription that has not been opened. */
interface Use {
  counted: boolean;
  /** The client has said that it wants no more of it. */
  completed: boolean;
}

export class MessageGate {
  /** Read but not handled: at most what one read of the socket brought. */
  private waiting: string[] = [];
  private readonly uses = new Map<string, Use>();
  private busy = 0;
  private closed = false;
  private paused = false;

  /**
   * @param handle resolves when all that follows from a message is over: for a subscription, when it has ended
   * @param most messages that are handled at once, open subscriptions not counted
   */
  constructor(
    private readonly socket: GatedSocket,
    private readonly handle: (message: string) => Promise<void>,
    private readonly most: number,
  ) {}

  /** Messages whose handling has begun and is not over, open subscriptions not counted. */
  get inFlight(): number {
    return this.busy;
  }

  push(message: string): void {
    if (this.closed) return;
    this.waiting.push(message);
    this.pump();
  }

  /** The subscription of this id delivers from now on, so it does not count any more. */
  opened(id: string): void {
    const use = this.uses.get(id);
    if (!use?.counted) return;
    use.counted = false;
    this.busy -= 1;
    this.pump();
  }

  /** Forgets what waits. */
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

/** What the library will make of a message; it closes the socket for whatever is no message. */
function kindOf(message: string): { type: unknown; id: string } {
  try {
    const { type, id } = JSON.parse(message) as Record<string, unknown>;
    return { type, id: String(id) };
  } catch {
    return { type: null, id: '' };
  }
}
