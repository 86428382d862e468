/**
 * By which names a listener of ours may be called, and by whose pages. A page of another site can point a name of its own at a
 * server on this machine or network, and the browser then takes the server for part of that site (DNS rebinding). So each listener answers
 * to names that nobody else can own, loopback and addresses, and to those that the settings allow. A name without a dot is not among
 * them: a search domain, or whoever answers for the local network, decides where it leads.
 */
const localNames = /^([a-z0-9-]+\.)*localhost$/i;
const addresses = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

/** Whether the `Host` of a request is one of ours. `allowed` are hosts, with their port unless it is the scheme's own. */
export function isKnownHost(host: string | undefined, allowed: readonly string[]): boolean {
  // Only programs leave it out; browsers cannot.
  if (host === undefined) return true;
  const name = host.replace(/:\d{1,5}$/, '');
  return localNames.test(name) || addresses.test(name) || allowed.includes(host.toLowerCase());
}

/** Whether the page that sends a request may: programs send no origin, pages of this very server and of allowed origins are welcome. */
export function isKnownOrigin(
  request: { origin: string | undefined; host: string | undefined },
  allowed: readonly string[],
): boolean {
  const { origin, host } = request;
  if (origin === undefined || allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
