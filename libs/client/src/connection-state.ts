/** The state of a viewer's connection as immutable transitions. */

export type ConnectionState =
  /** Nothing has been received yet. */
  | { readonly name: 'connecting' }
  /** Batches arrive, but do not reach the present yet. */
  | { readonly name: 'replaying' }
  | { readonly name: 'live' }
  /** Lost; `attempt` tries have been made since the last batch. */
  | { readonly name: 'reconnecting'; readonly attempt: number }
  /** Lost, and the device reports that it has no network. */
  | { readonly name: 'offline'; readonly attempt: number }
  /** Refused for good; the session does not retry by itself. */
  | { readonly name: 'refused'; readonly message: string };

export type ConnectionEvent =
  | { readonly type: 'received'; readonly caughtUp: boolean }
  | { readonly type: 'lost'; readonly online: boolean }
  /** The device reports that it has no network, before the client noticed a loss. */
  | { readonly type: 'offline' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'restarted' };

export const initialConnection: ConnectionState = { name: 'connecting' };

/** The number of failed tries since something was last received. */
export function failedAttempts(state: ConnectionState): number {
  return 'attempt' in state ? state.attempt : 0;
}

/** The state after `event`. Returns the same object when nothing changes. Only `restarted` leaves `refused`. */
export function transition(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (event.type === 'restarted') return state.name === 'connecting' ? state : initialConnection;
  if (state.name === 'refused') return state;
  switch (event.type) {
    case 'received': {
      const name = event.caughtUp ? 'live' : 'replaying';
      // A tail that falls behind for a moment is not a replay.
      if (state.name === name || (state.name === 'live' && name === 'replaying')) return state;
      return { name };
    }
    case 'lost':
      return { name: event.online ? 'reconnecting' : 'offline', attempt: failedAttempts(state) + 1 };
    case 'offline':
      return state.name === 'offline' ? state : { name: 'offline', attempt: failedAttempts(state) };
    case 'refused':
      return { name: 'refused', message: event.message };
  }
}
