import type { Client, Sink } from 'graphql-ws/client';
import { describe, expect, it } from 'vitest';
import { LiveSockets } from './live-sockets.js';

/** Counts the subscriptions on each socket, as a server does. */
function scripted() {
  const open: number[] = [];
  const sinks: Sink[] = [];
  let disposed = 0;
  const sockets = new LiveSockets(() => {
    const at = open.push(0) - 1;
    const subscribe = (_payload: unknown, sink: Sink) => {
      open[at] = (open[at] ?? 0) + 1;
      sinks.push(sink);
      let over = false;
      return () => {
        if (!over) open[at] = (open[at] ?? 0) - 1;
        over = true;
      };
    };
    const client = { subscribe, dispose: () => void disposed++ } as unknown as Client;
    return { client, startAfresh: () => undefined, isUnopened: () => false };
  });
  const ended: string[] = [];
  const subscribe = () =>
    sockets.subscribe(
      { query: '' },
      { next: () => undefined, error: () => ended.push('error'), complete: () => ended.push('complete') },
    );
  return { sockets, open, sinks, subscribe, ended, disposed: () => disposed };
}

describe('LiveSockets', () => {
  it('opens another socket for every 50 subscriptions', () => {
    const { open, subscribe } = scripted();
    for (let n = 0; n < 120; n++) subscribe();
    expect(open).toEqual([50, 50, 20]);
  });

  it('gives a place that was left to the next, once, however often it is left', () => {
    const { open, subscribe } = scripted();
    const ends = Array.from({ length: 50 }, subscribe);
    ends[7]?.();
    ends[7]?.();
    subscribe();
    subscribe();
    expect(open).toEqual([50, 1]);
  });

  it('counts nothing that the server has ended', () => {
    const { open, sinks, subscribe, ended } = scripted();
    for (let n = 0; n < 50; n++) subscribe();
    sinks[0]?.error(new Error('refused'));
    sinks[1]?.complete();
    for (let n = 0; n < 2; n++) subscribe();
    expect(ended).toEqual(['error', 'complete']);
    expect(open).toHaveLength(1);
  });

  it('closes all of its sockets', async () => {
    const { sockets, subscribe, disposed } = scripted();
    for (let n = 0; n < 101; n++) subscribe();
    await sockets.dispose();
    expect(disposed()).toBe(3);
  });
});
