/** Server information, queried once: what the server runs on, and who the viewer is. */
import { useQuery } from '@apollo/client/react';
import { ServerInfoDocument, ViewerDocument } from '../__generated__/graphql.js';

export function useServerInfo(): { simulated: boolean; model: string | null; agents: readonly string[] } {
  const { data } = useQuery(ServerInfoDocument);
  const info = data?.serverInfo;
  return { simulated: info?.simulated ?? false, model: info?.model ?? null, agents: info?.agents ?? [] };
}

/** `null` until known. */
export function useViewerId(): string | null {
  const { data } = useQuery(ViewerDocument);
  return data?.viewer.id ?? null;
}
