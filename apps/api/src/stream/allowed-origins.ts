/**
 * Which pages may open a WebSocket. Browsers send no preflight for one, so the origin is checked by hand.
 */

/** Programs send no origin; pages of this very server and those on the list are welcome. */
export function isAllowedOrigin(
  request: { origin: string | undefined; host: string | undefined },
  allowed: readonly string[],
): boolean {
  const { origin, host } = request;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
