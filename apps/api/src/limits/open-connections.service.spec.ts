import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../http/http-pipeline.js';
import { connectionLimits, OpenConnections } from './open-connections.service.js';

describe('the time that a request may take to arrive', () => {
  const server = createServer();
  new OpenConnections({ connectionsPerAddress: null, trustedProxies: [] }).watch(server);

  it('ends, and sooner for the head alone', () => {
    expect(server.requestTimeout).toBeLessThanOrEqual(30_000);
    expect(server.requestTimeout).toBeGreaterThan(0);
    expect(server.headersTimeout).toBeLessThan(server.requestTimeout);
  });

  it('is enough for the largest body on a slow line', () => {
    const slowBytesPerSecond = 70_000 / 8;
    expect((BODY_LIMIT_BYTES / slowBytesPerSecond) * 1_000).toBeLessThanOrEqual(server.requestTimeout);
  });
});

describe('a request whose body has not come', () => {
  function ask(server: EventEmitter, headers: Record<string, string>) {
    const socket = { remoteAddress: '192.0.2.1', isDestroyed: false, destroy: () => (socket.isDestroyed = true) };
    const request = Object.assign(new EventEmitter(), { headers, socket });
    server.emit('request', request);
    return request;
  }

  it.each<Record<string, string>>([{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }])(
    'takes a place among the unproven until it comes: %o',
    (headers) => {
      const server = createServer();
      new OpenConnections({ connectionsPerAddress: 2_000, trustedProxies: [] }).watch(server);
      const waiting = Array.from({ length: connectionLimits.halfOpen }, () => ask(server, headers));
      expect(waiting.some(({ socket }) => socket.isDestroyed)).toBe(false);
      expect(ask(server, headers).socket.isDestroyed).toBe(true);
      expect(ask(server, {}).socket.isDestroyed).toBe(false);
      waiting[0]?.emit('end');
      waiting[1]?.emit('close');
      expect([1, 2, 3].map(() => ask(server, headers).socket.isDestroyed)).toEqual([false, false, true]);
    },
  );
});
