import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveSocket, type LiveSocket, lossOfClose } from './live-socket.js';

/** A socket that does what the test says, in the way of a platform's socket. */
class ScriptedWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static all: ScriptedWebSocket[] = [];
  readyState = ScriptedWebSocket.CONNECTING;
  readonly sent: string[] = [];
  readonly closes: unknown[][] = [];
  onopen?: () => void;
  onerror?: ((event: Event) => void) | null;
  onclose?: ((event: object) => void) | null;
  onmessage?: (event: { data: string }) => void;

  constructor() {
    super();
    ScriptedWebSocket.all.push(this);
    this.addEventListener('error', (event) => this.onerror?.(event));
    this.addEventListener('close', (event) => this.onclose?.(event));
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(...args: unknown[]): void {
    this.closes.push(args);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  open(): void {
    this.readyState = ScriptedWebSocket.OPEN;
    this.onopen?.();
  }

  /** Emits an error, and returns a function that emits the close after it. */
  fail(): () => void {
    this.dispatchEvent(new Event('error'));
    return () => this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '', wasClean: false }));
  }
}

let socket: LiveSocket;
let errors: unknown[];

function subscribe(): void {
  socket.client.subscribe(
    { query: '' },
    { next: () => undefined, error: (error) => errors.push(error), complete: () => undefined },
  );
}

async function newest(): Promise<ScriptedWebSocket> {
  await vi.advanceTimersByTimeAsync(0);
  return ScriptedWebSocket.all.at(-1) as ScriptedWebSocket;
}

async function connected(): Promise<ScriptedWebSocket> {
  subscribe();
  const made = await newest();
  made.open();
  made.say({ type: 'connection_ack' });
  await vi.advanceTimersByTimeAsync(0);
  return made;
}

beforeEach(() => {
  vi.useFakeTimers();
  ScriptedWebSocket.all = [];
  errors = [];
  socket = createLiveSocket({ url: 'ws://127.0.0.1/graphql', webSocket: ScriptedWebSocket });
});
afterEach(() => vi.useRealTimers());

describe('a socket that is being opened', () => {
  it.each(['nothing is answered', 'nothing is acknowledged'])(
    'is given up after 5 seconds in which %s',
    async (how) => {
      subscribe();
      const made = await newest();
      if (how === 'nothing is acknowledged') made.open();
      await vi.advanceTimersByTimeAsync(4_999);
      expect(errors).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(errors).toHaveLength(1);
      expect(socket.isUnopened(errors[0])).toBe(true);
    },
  );

  it('is known as unopened when it is refused', async () => {
    subscribe();
    (await newest()).fail()();
    await vi.advanceTimersByTimeAsync(0);
    expect(errors).toHaveLength(1);
    expect(socket.isUnopened(errors[0])).toBe(true);
  });

  it('is not taken for unopened when a function of the caller throws', async () => {
    const headers = () => Promise.reject(new Error('No token.'));
    socket = createLiveSocket({ url: 'ws://127.0.0.1/graphql', webSocket: ScriptedWebSocket, headers });
    subscribe();
    (await newest()).open();
    await vi.advanceTimersByTimeAsync(0);
    expect(errors).toEqual([new Error('No token.')]);
    expect(socket.isUnopened(errors[0])).toBe(false);
  });

  it('keeps its deadline when the close of the one before comes late', async () => {
    subscribe();
    const closed = (await newest()).fail();
    await vi.advanceTimersByTimeAsync(0);
    subscribe();
    await newest();
    expect(ScriptedWebSocket.all).toHaveLength(2);
    closed();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(errors).toHaveLength(2);
    expect(socket.isUnopened(errors[1])).toBe(true);
  });

  it('is given up at once to start afresh', async () => {
    subscribe();
    await newest();
    socket.startAfresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(errors).toHaveLength(1);
    subscribe();
    await newest();
    expect(ScriptedWebSocket.all).toHaveLength(2);
  });
});

describe('an open socket', () => {
  it('has no deadline, and is never called unopened', async () => {
    const made = await connected();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(errors).toEqual([]);
    made.fail()();
    await vi.advanceTimersByTimeAsync(0);
    expect(errors).toHaveLength(1);
    expect(socket.isUnopened(errors[0])).toBe(false);
  });

  it('stays when it proves that it lives', async () => {
    const made = await connected();
    socket.startAfresh();
    expect(made.sent.at(-1)).toBe('{"type":"ping"}');
    made.say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(errors).toEqual([]);
  });

  it('is given up when it cannot prove that within 3 seconds', async () => {
    await connected();
    socket.startAfresh();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(errors).toMatchObject([{ code: 4499 }]);
  });
});

describe('lossOfClose', () => {
  it('comes back after every close that is not a refusal', () => {
    for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4000, 4500]) {
      expect(lossOfClose(code, '').kind, `${code}`).toBe('retryable');
    }
  });

  it('gives up after a refusal and says why', () => {
    expect(lossOfClose(4403, 'Forbidden')).toEqual({ kind: 'fatal', message: 'Forbidden' });
    expect(lossOfClose(4400, '').kind).toBe('fatal');
  });

  it('comes back when a peer was only too slow', () => {
    for (const code of [4408, 4499]) expect(lossOfClose(code, '').kind, `${code}`).toBe('retryable');
  });
});
