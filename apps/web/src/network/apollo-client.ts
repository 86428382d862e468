/**
 * What the page knows of lists, catalogue and server, as a cache. Owns cache policies; the client asks.
 */
import { ApolloClient, InMemoryCache, type Reference } from '@apollo/client';
import type { HoldfastClient } from '#libs/client';
import { clientLink } from './client-link.js';

interface WorkflowPage {
  nodes: readonly Reference[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/**
 * Joins pages that are newest first. A refreshed first page keeps the older pages behind it; ids sort by creation, so
 * what is newer than its last row and no longer in it was deleted.
 */
export function joinPages(
  existing: WorkflowPage | undefined,
  incoming: WorkflowPage,
  isFirstPage: boolean,
): WorkflowPage {
  if (!existing) return incoming;
  const fresh = new Set(incoming.nodes.map((node) => node.__ref));
  if (!isFirstPage) {
    return { ...incoming, nodes: [...existing.nodes.filter((node) => !fresh.has(node.__ref)), ...incoming.nodes] };
  }
  const last = incoming.nodes.at(-1)?.__ref;
  const older =
    incoming.pageInfo.hasNextPage && last !== undefined
      ? existing.nodes.filter((node) => !fresh.has(node.__ref) && node.__ref < last)
      : [];
  return {
    ...incoming,
    nodes: [...incoming.nodes, ...older],
    pageInfo: older.length > 0 ? existing.pageInfo : incoming.pageInfo,
  };
}

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
      // Ids of nodes and edges are unique inside one graph only.
      GraphNode: { keyFields: false },
      GraphEdge: { keyFields: false },
      Graph: { merge: false },
      NodeType: { keyFields: ['type'] },
      ServerInfo: { keyFields: [] },
    },
  });
}

/** Apollo as the page uses it: a cache with typed fragments, on the client for everything that has to be asked. */
export function createApolloClient(client: HoldfastClient): ApolloClient {
  return new ApolloClient({ cache: createCache(), link: clientLink(client) });
}
