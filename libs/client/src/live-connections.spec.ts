import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventStreams } from './event-streams.js';
import { LiveConnections } from './live-connections.js';
import type { LiveSockets } from './live-sockets.js';

const unopened = new Error('unopened');
let ways: string[];
let told: unknown[];
let failSocket: (error: unknown) => void;
let startedAfresh: number;
let connections: LiveConnections;

function subscribe(): () => void {
  return connections.subscribe(
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
