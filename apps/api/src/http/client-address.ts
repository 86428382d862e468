/**
 * The address of a client, for HTTP requests and WebSocket upgrades alike. What a client writes into `X-Forwarded-For` counts
 * only as far as proxies that the operator trusts have confirmed it.
 */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network whose addresses are proxies: its address and the length of its prefix. */
export type ProxyRange = readonly [Address, number];

export const PROXY_RANGE_RULE = 'which is neither an IP address nor a range such as 10.0.0.0/8';

/** Stands for a client whose connection has no address (it has closed, or is not a network connection). */
const NO_ADDRESS = 'unknown';

/** Proxies between a client and this server. More entries than any chain of trusted proxies writes are not read. */
const MOST_HOPS = 16;

/** Bits of an IPv6 address that an operator gives to one customer, who may use all addresses below them. */
const CUSTOMER_BITS = 64;

const MAPPED_BITS = 96;

/** One address or a range in CIDR notation; `null` when the text is neither. */
export function parseProxyRange(text: string): ProxyRange | null {
  const slash = text.lastIndexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const wholeBits = address.kind() === 'ipv4' ? 32 : 128;
  if (slash < 0) return [address, wholeBits];
  const written = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(written)) return null;
  // An IPv4-mapped network is written with the length of its IPv6 form.
  const isMapped = address.kind() === 'ipv4' && text.includes(':');
  const bits = Number(written) - (isMapped ? MAPPED_BITS : 0);
  return bits >= 0 && bits <= wholeBits ? [address, bits] : null;
}

/**
 * The client's address, in its shortest form: the peer of the connection, or, if that is a trusted proxy, the first
 * address from the right of `X-Forwarded-For` that is none. Entries left of that one, and entries that are no addresses,
 * are the client's own words and not believed.
 */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  trusted: readonly ProxyRange[],
): string {
  let client = parseAddress(request.socket.remoteAddress ?? '');
  if (client === null) return NO_ADDRESS;
  const forwarded = request.headers['x-forwarded-for'];
  if (forwarded === undefined || trusted.length === 0) return client.toString();
  const entries = String(forwarded).split(',').slice(-MOST_HOPS);
  while (isTrusted(client, trusted)) {
    const next = parseAddress(withoutPort(entries.pop() ?? ''));
    if (next === null) break;
    client = next;
  }
  return client.toString();
}

/**
 * What limits count together: an IPv4 address, or the /64 network of an IPv6 address.
 * @param address from `clientAddress`, or the peer of a connection
 */
export function addressGroup(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) return NO_ADDRESS;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${CUSTOMER_BITS}`).toString()}/${CUSTOMER_BITS}`;
}

/** Whether this peer of a connection is a trusted proxy. */
export function isProxy(remoteAddress: string, trusted: readonly ProxyRange[]): boolean {
  const address = parseAddress(remoteAddress);
  return address !== null && isTrusted(address, trusted);
}

/** IPv4-mapped IPv6 addresses become IPv4 addresses. Octal, hexadecimal and shortened forms of IPv4 are refused. */
function parseAddress(text: string): Address | null {
  const bare = text.replace(/%[^%]{0,100}$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return bare.includes(':') && ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : null;
}

function withoutPort(entry: string): string {
  const text = entry.trim();
  if (text.startsWith('[')) return text.replace(/^\[([^\]]{0,100})\](?::\d{1,5})?$/, '$1');
  return text.replace(/^([\d.]{1,20}):\d{1,5}$/, '$1');
}

function isTrusted(address: Address, trusted: readonly ProxyRange[]): boolean {
  return trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}
