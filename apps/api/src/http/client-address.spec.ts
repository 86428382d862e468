import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressGroup, clientAddress, type ProxyRange, parseProxyRange } from './client-address.js';

function ranges(...texts: string[]): ProxyRange[] {
  return texts.map((text) => {
    const range = parseProxyRange(text);
    if (range === null) throw new Error(`${text} is no range.`);
    return range;
  });
}

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  it('is the peer of the connection, whatever a header says, as long as nobody is trusted', () => {
    expect(clientAddress(request('203.0.113.7', '198.51.100.1'), [])).toBe('203.0.113.7');
  });

  it('is what a trusted proxy says', () => {
    expect(clientAddress(request('10.0.0.2', '198.51.100.1'), ranges('10.0.0.0/8'))).toBe('198.51.100.1');
  });

  it('is the peer where the peer is not a trusted proxy', () => {
    expect(clientAddress(request('203.0.113.7', '198.51.100.1'), ranges('10.0.0.0/8'))).toBe('203.0.113.7');
  });

  it('is the rightmost address that is no proxy: what a client wrote itself stands further left', () => {
    const proxies = ranges('10.0.0.0/8', '192.0.2.9');
    expect(clientAddress(request('10.0.0.2', '1.1.1.1, 198.51.100.1, 192.0.2.9,10.1.1.1'), proxies)).toBe(
      '198.51.100.1',
    );
  });

  it.each(['', 'unknown', '010.0.0.1', '0x7f.0.0.1', '2130706433', '1.2.3.4.5', '::1::', '[::1', '9'.repeat(100)])(
    'is that of the last proxy where the proxy says %j',
    (entry) => {
      expect(clientAddress(request('10.0.0.2', `198.51.100.1, ${entry}`), ranges('10.0.0.2'))).toBe('10.0.0.2');
    },
  );

  it('is the leftmost where all are proxies', () => {
    expect(clientAddress(request('10.0.0.2', '10.0.0.4, 10.0.0.3'), ranges('10.0.0.0/8'))).toBe('10.0.0.4');
  });

  it('reads entries with ports, as some proxies write them', () => {
    const proxies = ranges('10.0.0.2');
    expect(clientAddress(request('10.0.0.2', '198.51.100.1:4711'), proxies)).toBe('198.51.100.1');
    expect(clientAddress(request('10.0.0.2', '[2001:db8::7]:4711'), proxies)).toBe('2001:db8::7');
    expect(clientAddress(request('10.0.0.2', '[2001:db8::7]'), proxies)).toBe('2001:db8::7');
  });

  it('reads an IPv4-mapped address as IPv4, of clients and of proxies', () => {
    expect(clientAddress(request('::ffff:203.0.113.7'), [])).toBe('203.0.113.7');
    expect(clientAddress(request('::ffff:10.0.0.2', '::ffff:198.51.100.1'), ranges('10.0.0.0/8'))).toBe('198.51.100.1');
    expect(clientAddress(request('10.0.0.2', '198.51.100.1'), ranges('::ffff:10.0.0.0/104'))).toBe('198.51.100.1');
  });

  it('has one spelling, without a zone', () => {
    expect(clientAddress(request('2001:DB8:0:0:0:0:0:7'), [])).toBe('2001:db8::7');
    expect(clientAddress(request('fe80::1%eth0'), [])).toBe('fe80::1');
  });

  it('is unknown where the connection has none', () => {
    expect(clientAddress(request(undefined, '198.51.100.1'), ranges('10.0.0.0/8'))).toBe('unknown');
  });

  it('costs the same however long the header is', () => {
    const long = Array.from({ length: 4_000 }, () => '10.0.0.3').join(',');
    expect(clientAddress(request('10.0.0.2', `198.51.100.1,${long}`), ranges('10.0.0.0/8'))).toBe('10.0.0.3');
  });
});

describe('the group that limits count together', () => {
  it('is an IPv4 address, or the first half of an IPv6 address', () => {
    expect(addressGroup('203.0.113.7')).toBe('203.0.113.7');
    expect(addressGroup('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).toBe('2001:db8:1:2::/64');
    expect(addressGroup('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64');
    expect(addressGroup('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
    expect(addressGroup('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(addressGroup('unknown')).toBe('unknown');
  });
});

describe('a range of proxies', () => {
  it.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10/8',
    'proxy',
    '10.0.0.1/8/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    '',
  ])('is not %j', (text) => {
    expect(parseProxyRange(text)).toBeNull();
  });

  it('may be every address', () => {
    expect(clientAddress(request('203.0.113.7', '198.51.100.1'), ranges('0.0.0.0/0', '::/0'))).toBe('198.51.100.1');
  });
});
