/**
 * The page's one way to the server: HTTP for queries and mutations, one WebSocket for subscriptions. Owns links and
 * cache policies.
 */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type Reference } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createLiveSocket } from '#libs/client';

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

/** What the socket said when it closed last; the error of a subscription does not carry it. */
export interface CloseWatch {
  readonly code: number | null;
  readonly reason: string;
}

export interface Network {
  readonly client: ApolloClient;
  readonly lastClose: () => CloseWatch;
}

/** Opens nothing yet: the socket waits for the first subscription. */
export function createNetwork(location: Pick<Location, 'origin'>): Network {
  const socket = createLiveSocket(`${location.origin.replace(/^http/, 'ws')}/graphql`);
  let close: CloseWatch = { code: null, reason: '' };
  socket.on('opened', () => {
    close = { code: null, reason: '' };
  });
  socket.on('closed', (event) => {
    const { code, reason } = event as Partial<CloseEvent>;
    close = { code: code ?? null, reason: reason ?? '' };
  });
  const client = new ApolloClient({
    cache: createCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: '/graphql' }),
    ),
  });
  return { client, lastClose: () => close };
}
