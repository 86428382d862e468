/** The API as an integrator uses it: HTTP for queries and mutations, graphql-ws for subscriptions, documents as text. */
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphqlAnswer<T> {
  data: T | null;
  errors?: { message: string; path?: unknown[]; extensions?: Record<string, unknown> }[];
}

const runFields = 'id status attempts error { code message retryable } usage { inputTokens outputTokens }';
const graphFields = `graph { revision nodes { id type label parameters position { x y } }
  edges { id source target branch } issues { code severity message nodeId } }`;
const workflowFields = `id title status cursor agent promptLock { reason message }
  messages(last: 50) { nodes { id role complete parts chunks } } ${graphFields} activeRun { ${runFields} } latestRun { ${runFields} }`;

export interface WorkflowAnswer {
  id: string;
  title: string;
  status: string;
  cursor: string;
  agent: string;
  promptLock: { reason: string; message: string } | null;
  messages: {
    id: string;
    role: string;
    complete: boolean;
    parts: { type: string; text?: string }[];
    chunks: { type: string }[];
  }[];
  graph: {
    revision: number;
    nodes: { id: string; type: string; label: string; parameters: unknown; position: { x: number; y: number } }[];
    edges: { id: string; source: string; target: string; branch: string | null }[];
    issues: { code: string; severity: string; message: string; nodeId: string | null }[];
  };
  activeRun: RunAnswer | null;
  latestRun: Pick<RunAnswer, 'id' | 'status'> | null;
}

type WorkflowConnectionAnswer = Omit<WorkflowAnswer, 'messages'> & { messages: { nodes: WorkflowAnswer['messages'] } };

export interface RunAnswer {
  id: string;
  status: string;
  attempts: number;
  error: { code: string; message: string; retryable: boolean } | null;
  usage: { inputTokens: number; outputTokens: number } | null;
}

export interface UserErrorAnswer {
  code: string;
  field: string[] | null;
  message: string;
}

export interface SubmitAnswer {
  workflow: { id: string; status: string } | null;
  run: RunAnswer | null;
  userErrors: UserErrorAnswer[];
}

export class GraphqlApi {
  readonly url: string;
  private sockets: Client | null = null;

  constructor(url: string) {
    this.url = url;
  }

  /** The raw answer, whatever its status. */
  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphqlAnswer<T>;
  }

  /** The data; throws when there are errors. */
  async data<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const answer = await this.request<T>(query, variables);
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
    return answer.data;
  }

  async submitPrompt(input: Record<string, unknown>): Promise<SubmitAnswer> {
    const document = `mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) {
      workflow { id status } run { ${runFields} } userErrors { code field message } } }`;
    return (await this.data<{ submitPrompt: SubmitAnswer }>(document, { input })).submitPrompt;
  }

  /** Submits a prompt that must be accepted. */
  async start(prompt: string, workflowId?: string): Promise<{ workflowId: string; runId: string }> {
    const { workflow, run, userErrors } = await this.submitPrompt({ prompt, ...(workflowId && { workflowId }) });
    if (!workflow || !run) throw new Error(`The prompt was refused: ${JSON.stringify(userErrors)}`);
    return { workflowId: workflow.id, runId: run.id };
  }

  /** With its newest messages. */
  async workflow(id: string): Promise<WorkflowAnswer | null> {
    const document = `query($id: ID!) { workflow(id: $id) { ${workflowFields} } }`;
    const { workflow } = await this.data<{ workflow: WorkflowConnectionAnswer | null }>(document, { id });
    return workflow && { ...workflow, messages: workflow.messages.nodes };
  }

  async run(id: string): Promise<RunAnswer | null> {
    return (await this.data<{ run: RunAnswer | null }>(`query($id: ID!) { run(id: $id) { ${runFields} } }`, { id }))
      .run;
  }

  async cancelRun(runId: string): Promise<{ run: RunAnswer | null; userErrors: UserErrorAnswer[] }> {
    const document = `mutation($input: CancelRunInput!) { cancelRun(input: $input) {
      run { ${runFields} } userErrors { code field message } } }`;
    const data = await this.data<{ cancelRun: { run: RunAnswer | null; userErrors: UserErrorAnswer[] } }>(document, {
      input: { runId },
    });
    return data.cancelRun;
  }

  async retryRun(runId: string): Promise<{ run: RunAnswer | null; userErrors: UserErrorAnswer[] }> {
    const document = `mutation($input: RetryRunInput!) { retryRun(input: $input) {
      run { ${runFields} } userErrors { code field message } } }`;
    const data = await this.data<{ retryRun: { run: RunAnswer | null; userErrors: UserErrorAnswer[] } }>(document, {
      input: { runId },
    });
    return data.retryRun;
  }

  /** One socket for all subscriptions of this client. */
  get socket(): Client {
    this.sockets ??= this.newSocket();
    return this.sockets;
  }

  /** A separate socket, for suites that cut it. */
  newSocket(): Client {
    const url = `${this.url.replace('http', 'ws')}/graphql`;
    return createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true });
  }

  async close(): Promise<void> {
    await this.sockets?.dispose();
    this.sockets = null;
  }
}
