import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from './redis-address.js';

describe('an address of Redis', () => {
  it.each([
    ['redis://127.0.0.1:6379', { kind: 'single', url: 'redis://127.0.0.1:6379', tls: false }],
    [
      'rediss://:pa%2Fss@redis.example.com/3',
      { kind: 'single', url: 'rediss://:pa%2Fss@redis.example.com/3', tls: true },
    ],
    [
      'redis+cluster://a:7000,b',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
        tls: false,
        username: undefined,
        password: undefined,
      },
    ],
    [
      'rediss+cluster://holdfast:s%40cret@[::1]:7000',
      { kind: 'cluster', nodes: [{ host: '::1', port: 7000 }], tls: true, username: 'holdfast', password: 's@cret' },
    ],
    [
      'redis+sentinel://:secret@a,b:5000/my%20master/2?sentinelPassword=other',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 5000 },
        ],
        master: 'my master',
        db: 2,
        tls: false,
        sentinel: { username: undefined, password: 'other' },
        username: undefined,
        password: 'secret',
      },
    ],
  ])('is read: %s', (text, address) => {
    expect(parseRedisAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'http://127.0.0.1',
    'redis://',
    'redis+cluster://',
    'redis+cluster://a,,b',
    'redis+cluster://a:port',
    'redis+cluster://a/1',
    'redis+cluster://:%zz@a',
    'redis+sentinel://a:26379',
    'redis+sentinel://a/master/x',
    'redis+sentinel://a/master/0/more',
    'redis+other://a',
  ])('is refused: %s', (text) => {
    expect(parseRedisAddress(text)).toBeUndefined();
  });
});
