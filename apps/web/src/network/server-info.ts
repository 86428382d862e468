/** What this server is running on. Asked once. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';

const ServerInfoDocument = graphql(`
  query ServerInfo {
    serverInfo {
      simulated
      model
    }
  }
`);

export function useServerInfo(): { simulated: boolean; model: string | null } {
  const { data } = useQuery(ServerInfoDocument);
  return { simulated: data?.serverInfo.simulated ?? false, model: data?.serverInfo.model ?? null };
}
