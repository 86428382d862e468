/** The API's WebSocket with a minimal client, so that the client's own cost does not affect the figures. */
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';

/** The fields that a client needs to show a workflow while it is built. */
const DOCUMENT = `subscription($workflowId: ID!, $cursor: Cursor) {
  workflowStream(workflowId: $workflowId, cursor: $cursor) {
    cursor caughtUp
    events {
      __typename
      ... on StreamSnapshot { reason workflow { id title status cursor messages(last: 50) { nodes { id role complete chunks } }
        graph { revision nodes { id type label parameters position { x y } } edges { id source target branch } } } }
      ... on MessageChunks { messageId runId chunks }
      ... on StatusChanged { statusRunId: runId status runStatus }
      ... on StepChanged { step { id name status kind } }
      ... on GraphPatched { revision upsertNodes { id type label parameters position { x y } } removeNodeIds
        upsertEdges { id source target branch } removeEdgeIds }
    }
  }
}`;

/** A connected socket that the API has acknowledged. */
export async function connectSocket(apiUrl: string): Promise<WebSocket> {
  const socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/graphql`, GRAPHQL_TRANSPORT_WS_PROTOCOL, {
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The socket was closed')));
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.once('message', () => resolve());
  });
  return socket;
}

export function subscribe(socket: WebSocket, id: string, workflowId: string, cursor: string | null): void {
  const payload = { query: DOCUMENT, variables: { workflowId, cursor } };
  socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
}

export interface StreamFrame {
  type: string;
  payload?: {
    data?: {
      workflowStream: {
        cursor: string;
        caughtUp: boolean;
        events: { __typename: string; chunks?: unknown[]; workflow?: object }[];
      };
    };
    errors?: unknown;
  };
}

export function streamBatchOf(frame: StreamFrame) {
  const batch = frame.type === 'next' ? frame.payload?.data?.workflowStream : undefined;
  if (!batch && frame.type !== 'ping' && frame.type !== 'pong') {
    throw new Error(`The subscription was refused: ${JSON.stringify(frame).slice(0, 500)}`);
  }
  return batch;
}
