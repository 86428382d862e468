/** The page's cache of lists, catalogue and server information; the client sends its requests. */
import { ApolloClient, InMemoryCache } from '@apollo/client';
import type { HoldfastClient } from '#libs/client';
import { clientLink } from './client-link.js';
import { joinPages, type WorkflowPage } from './workflow-pages.js';

function createCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          workflows: {
            keyArgs: false,
            merge: (existing: WorkflowPage | undefined, incoming: WorkflowPage, { args }) =>
              joinPages(existing, incoming, !args?.after),
          },
        },
      },
      // Ids of nodes and edges are unique only within one graph.
      GraphNode: { keyFields: false },
      GraphEdge: { keyFields: false },
      Graph: { merge: false },
      NodeType: { keyFields: ['type'] },
      ServerInfo: { keyFields: [] },
    },
  });
}

/** Apollo as the page uses it: a cache with typed fragments, using the client for all requests. */
export function createApolloClient(client: HoldfastClient): ApolloClient {
  return new ApolloClient({ cache: createCache(), link: clientLink(client) });
}
