/** Server information, queried once: what the server runs on, and who the viewer is. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';

const ServerInfoDocument = graphql(`
  query ServerInfo {
    serverInfo {
      simulated
      model
      agents
    }
  }
`);

export function useServerInfo(): { simulated: boolean; model: string | null; agents: readonly string[] } {
  const { data } = useQuery(ServerInfoDocument);
  const info = data?.serverInfo;
  return { simulated: info?.simulated ?? false, model: info?.model ?? null, agents: info?.agents ?? [] };
}

const ViewerDocument = graphql(`
  query Viewer {
    viewer {
      id
    }
  }
`);

/** `null` until known. */
export function useViewerId(): string | null {
  const { data } = useQuery(ViewerDocument);
  return data?.viewer.id ?? null;
}
