/**
 * Notices, while the page is open, that this browser is no longer signed in: a request is answered with 401, or a socket is
 * closed for it.
 */
type Listener = () => void;

const listeners = new Set<Listener>();

/** "Forbidden": the identity behind a socket was refused, or has ended. */
const CLOSE_FORBIDDEN = 4403;

export function onSignedOut(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** `fetch` for the client. */
export const watchedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status === 401) tell();
  return response;
};

/** The `WebSocket` for the client. */
export class WatchedWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.addEventListener('close', ({ code }) => {
      if (code === CLOSE_FORBIDDEN) tell();
    });
  }
}
