/**
 * Which host names and origins our servers accept. A page of another site can point its own domain at a server on this
 * machine or network, and the browser then treats that server as part of the site (DNS rebinding). So each server accepts
 * only names that nobody else can own (loopback and IP addresses) and those that the settings allow. A name without a dot
 * is not accepted by default, because a search domain or a machine on the local network can decide where it leads.
 */
const localNames = /^([a-z0-9-]+\.)*localhost$/i;
const loopbackAddresses = /^(127(\.\d{1,3}){3}|\[::1\])$/;
const addresses = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

/** Whether a request's `Host` is accepted. `allowed` are hosts, with the port unless it is the scheme's default. */
export function isKnownHost(host: string | undefined, allowed: readonly string[]): boolean {
  // Browsers always send it; only other programs may leave it out.
  if (host === undefined) return true;
  const name = host.replace(/:\d{1,5}$/, '');
  return localNames.test(name) || addresses.test(name) || allowed.includes(host.toLowerCase());
}

/** Whether a `Host` names this machine itself: a loopback name or address, with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.replace(/:\d{1,5}$/, '') ?? '';
  return localNames.test(name) || loopbackAddresses.test(name);
}

/** Whether a request's origin is accepted: programs send none; this server's own pages and allowed origins are welcome. */
export function isKnownOrigin(
  request: { origin: string | undefined; host: string | undefined },
  allowed: readonly string[],
): boolean {
  const { origin, host } = request;
  if (origin === undefined || allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
