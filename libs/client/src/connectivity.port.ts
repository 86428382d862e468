/**
 * What the device knows about its network. Owns the signals that make a waiting session try at once; never decides
 * that a connection is lost: a server on the same machine can be reached without any network.
 */
import { page } from './browser-globals.js';

export interface Connectivity {
  isOnline(): boolean;
  /** Whether somebody may be looking, so that a lost connection is tried more often; always, when absent. */
  isWatched?(): boolean;
  /** Calls back when trying again has become more promising. Returns a function that stops it. */
  onWake(callback: () => void): () => void;
  /** Calls back when the device has lost its network. Returns a function that stops it. */
  onOffline?(callback: () => void): () => void;
}

/** `online` and becoming visible, in a browser; always online elsewhere. */
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
