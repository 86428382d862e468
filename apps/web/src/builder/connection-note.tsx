/** The state of the connection, shown only while it is not live. */
import { CloudOff, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ConnectionState, WorkflowSession } from '#libs/client';
import { useOnline } from '../network/use-online.js';

const words: Readonly<Record<Exclude<ConnectionState['name'], 'refused'>, string>> = {
  connecting: 'Connecting',
  replaying: 'Catching up',
  live: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
};

/** Shows at once that the device has no network; the connection itself times out only later. */
function useShownConnection(connection: ConnectionState): ConnectionState {
  const online = useOnline();
  if (online || connection.name === 'refused' || connection.name === 'offline') return connection;
  return { name: 'offline', attempt: 0 };
}

export function ConnectionNote(props: { connection: ConnectionState; session: WorkflowSession }) {
  const { session } = props;
  const connection = useShownConnection(props.connection);
  const { name } = connection;
  const lost = name === 'reconnecting' || name === 'offline' || name === 'refused';
  return (
    <div data-testid="connection" data-state={name} aria-live="polite" className={name === 'live' ? 'sr-only' : ''}>
      <span
        className={`inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 text-xs ${lost ? 'bg-warn-soft text-warn' : 'text-ink-faint'}`}
      >
        {name === 'offline' ? <CloudOff aria-hidden className="size-3.5" /> : null}
        {name === 'refused' ? <TriangleAlert aria-hidden className="size-3.5" /> : null}
        {name === 'connecting' || name === 'replaying' || name === 'reconnecting' ? (
          <LoaderCircle aria-hidden className="size-3.5 animate-spin" />
        ) : null}
        {connection.name === 'refused' ? connection.message : words[connection.name]}
        {lost ? (
          <button type="button" onClick={session.reconnect} className="font-medium underline underline-offset-2">
            Try now
          </button>
        ) : null}
      </span>
    </div>
  );
}
