/** Waiting for a state of a session. Owns one listener for as long as it waits. */
import type { SessionSnapshot } from './session-snapshot.js';

interface Observable {
  getSnapshot: () => SessionSnapshot;
  subscribe: (listener: () => void) => () => void;
}

/**
 * Follows the session until it shows what `condition` asks for.
 * @throws the reason of `signal`
 */
export function waitFor<T extends SessionSnapshot>(
  session: Observable,
  condition: (snapshot: SessionSnapshot) => boolean,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const look = () => {
      const snapshot = session.getSnapshot();
      if (!condition(snapshot)) return;
      finish();
      // The condition, when it is a type guard, has just said so.
      resolve(snapshot as T);
    };
    const abort = () => {
      finish();
      reject(signal.reason);
    };
    const finish = () => {
      unsubscribe();
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    const unsubscribe = session.subscribe(look);
    look();
  });
}
