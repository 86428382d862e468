import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventStreams } from './event-streams.js';
import { askInstead, LiveConnections } from './live-connections.js';
import type { LiveSockets } from './live-sockets.js';

const unopened = new Error('unopened');
let ways: string[];
let told: unknown[];
let failSocket: (error: unknown) => void;
let failProbe: (error: unknown) => void;
let reached: () => void;
let startedAfresh: number;
let connections: LiveConnections;

function subscribe(how: Pick<LiveConnections, 'subscribe'> = connections): () => void {
  return how.subscribe(
    { query: '' },
    { next: () => undefined, error: (error) => told.push(error), complete: () => undefined },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  ways = [];
  told = [];
  startedAfresh = 0;
  const sockets = {
    subscribe: (_payload: unknown, sink: { error(error: unknown): void }) => {
      ways.push('socket');
      failSocket = (error) => sink.error(error);
      return () => ways.push('left');
    },
    isUnopened: (error: unknown) => error === unopened,
    startAfresh: () => startedAfresh++,
  } as unknown as LiveSockets;
  const streams = {
    subscribe: () => {
      ways.push('http');
      return () => ways.push('left http');
    },
    probe: (_payload: unknown, sink: { error(error: unknown): void }, tell: () => void) => {
      ways.push('probe');
      failProbe = (error) => sink.error(error);
      reached = () => {
        connections.opened(new Headers());
        tell();
      };
      return () => ways.push('left probe');
    },
  } as unknown as EventStreams;
  connections = new LiveConnections(sockets, streams);
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('LiveConnections', () => {
  it('asks over HTTP for what no socket could be opened for, and prefers that for five minutes', () => {
    const end = subscribe();
    failSocket(unopened);
    expect(ways).toEqual(['socket', 'http']);
    expect(told).toEqual([]);
    connections.opened(new Headers());
    subscribe();
    vi.advanceTimersByTime(5 * 60_000);
    subscribe();
    end();
    expect(ways).toEqual(['socket', 'http', 'http', 'socket', 'left http']);
  });

  it('tells of a socket that was lost or refused, and does not ask over HTTP', () => {
    subscribe();
    failSocket('lost');
    expect(told).toEqual(['lost']);
    expect(ways).toEqual(['socket']);
  });

  it('does nothing for a subscription that nobody wants any more', () => {
    subscribe()();
    failSocket(unopened);
    expect(ways).toEqual(['socket', 'left']);
  });

  it('tries a socket again when it starts afresh', () => {
    connections.opened(new Headers());
    connections.startAfresh();
    subscribe();
    expect(ways).toEqual(['socket']);
    expect(startedAfresh).toBe(1);
  });

  it('holds no connection for a doorbell where no socket can be opened, and tries one again after five minutes', () => {
    subscribe(connections.doorbells);
    failSocket(unopened);
    expect(told).toEqual([]);
    reached();
    expect(told).toEqual([askInstead]);
    subscribe(connections.doorbells);
    expect(told).toEqual([askInstead, askInstead]);
    expect(ways).toEqual(['socket', 'probe']);
    vi.advanceTimersByTime(5 * 60_000);
    subscribe(connections.doorbells)();
    expect(ways).toEqual(['socket', 'probe', 'socket', 'left']);
  });

  it('tells a doorbell when the server cannot be reached over HTTP either, and lets go of it when it is left', () => {
    const end = subscribe(connections.doorbells);
    failSocket(unopened);
    failProbe('away');
    expect(told).toEqual(['away']);
    end();
    expect(ways).toEqual(['socket', 'probe', 'left probe']);
  });

  it('says why in the console, once, and names the setting when the origin is the reason', () => {
    const headers = new Headers({ 'x-holdfast-websocket': 'origin-refused' });
    connections.opened(headers);
    connections.opened(headers);
    expect(console.warn).toHaveBeenCalledTimes(1);
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('HOLDFAST_ALLOWED_ORIGINS'));
    connections.startAfresh();
    connections.opened(new Headers({ 'x-holdfast-websocket': 'welcome' }));
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringMatching(/No WebSocket could be opened/));
  });
});
