/**
 * When a session may tell its listeners. Owns the pace of notifications: once a frame in a visible page, by a timer where
 * no frames are painted.
 */
import { page } from './browser-globals.js';

export interface FrameScheduler {
  /** Runs `callback` once, later, never synchronously. Returns a function that calls it off. */
  schedule(callback: () => void): () => void;
}

/** A hidden page gets no animation frames, and a page may become hidden while it waits for one. */
const FALLBACK_MS = 250;

/** One call per painted frame; a timer takes over where the browser paints none. Works in Node, with the timer alone. */
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
