/**
 * What the client asks of the device: whether there is a network, whether the user may be looking, and when frames are
 * painted. It also compiles and runs outside a page. Being offline says nothing about a server on the same machine.
 */

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The globals of a page; undefined elsewhere. */
const page: {
  readonly window?: EventSource;
  readonly document?: EventSource & { readonly visibilityState: string };
  readonly navigator?: { readonly onLine?: boolean };
  readonly requestAnimationFrame?: (callback: () => void) => number;
  readonly cancelAnimationFrame?: (frame: number) => void;
} = globalThis as object;

export interface Connectivity {
  isOnline(): boolean;
  /** Whether the user may be looking, in which case a lost connection is retried more often. Assumed when absent. */
  isWatched?(): boolean;
  /** Calls back when a retry has become more likely to succeed. Returns a function that stops it. */
  onWake(callback: () => void): () => void;
  /** Calls back when the device has lost its network. Returns a function that stops it. */
  onOffline?(callback: () => void): () => void;
}

/** In a browser, uses `online` and visibility events; elsewhere, always online. */
export function deviceConnectivity(): Connectivity {
  const { window, document } = page;
  if (!window || !document) return { isOnline: () => true, onWake: () => () => undefined };
  return {
    isOnline: () => page.navigator?.onLine ?? true,
    isWatched: () => document.visibilityState === 'visible',
    onOffline(callback) {
      window.addEventListener('offline', callback);
      return () => window.removeEventListener('offline', callback);
    },
    onWake(callback) {
      const onVisible = () => {
        if (document.visibilityState === 'visible') callback();
      };
      window.addEventListener('online', callback);
      document.addEventListener('visibilitychange', onVisible);
      return () => {
        window.removeEventListener('online', callback);
        document.removeEventListener('visibilitychange', onVisible);
      };
    },
  };
}

export interface FrameScheduler {
  /** Runs `callback` once, later, never synchronously. Returns a function that cancels it. */
  schedule(callback: () => void): () => void;
}

/** A hidden page gets no animation frames, and a page may become hidden while it waits for one. */
const FALLBACK_MS = 250;

/** One call per painted frame; a timer takes over where the browser paints none. In Node, only the timer is used. */
export function paintedFrames(): FrameScheduler {
  if (!page.requestAnimationFrame) {
    return {
      schedule(callback) {
        const timer = setTimeout(callback, 16);
        return () => clearTimeout(timer);
      },
    };
  }
  return {
    schedule(callback) {
      const cancel = () => {
        if (frame !== undefined) page.cancelAnimationFrame?.(frame);
        clearTimeout(timer);
      };
      const run = () => {
        cancel();
        callback();
      };
      const frame = page.requestAnimationFrame?.(run);
      const timer = setTimeout(run, FALLBACK_MS);
      return cancel;
    },
  };
}
