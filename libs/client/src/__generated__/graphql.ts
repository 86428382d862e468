/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { UIMessageChunk } from 'ai';
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The run to stop. */
export type CancelRunInput = {
  /** The run. */
  runId: string | number;
};

/** The workflow to delete. */
export type DeleteWorkflowInput = {
  /** The workflow. */
  workflowId: string | number;
};

/** The state of a hook. */
export type HookStatus =
  /** Its run was canceled. */
  | 'CANCELED'
  /** Nobody answered in time. */
  | 'EXPIRED'
  /** Answered. The first answer counts. */
  | 'RESOLVED'
  /** Open: an answer is accepted. */
  | 'WAITING';

/** How serious a finding of the linter is. */
export type IssueSeverity =
  /** The workflow cannot work; no run may succeed with it. */
  | 'ERROR'
  /** Worth knowing. */
  | 'INFO'
  /** It works, but probably not as intended. */
  | 'WARNING';

/** Why no prompt can be submitted right now. */
export type PromptLockReason =
  /** The result is being checked and saved. */
  | 'COMPLETING'
  /** A run is queued or running. */
  | 'GENERATING'
  /** The viewer may read this workflow, but not change it. */
  | 'NO_PERMISSION'
  /** The run waits for an answer. */
  | 'WAITING_FOR_HOOK';

/** A workflow and its new title. */
export type RenameWorkflowInput = {
  /** The new title, at most 120 characters. Agents will no longer change it. */
  title: string;
  /** The workflow. */
  workflowId: string | number;
};

/** An answer to a hook. */
export type ResolveHookInput = {
  /** The hook. */
  hookId: string | number;
  /** The answer. It must match the hook's `schema`; keys that the schema does not define are dropped. At most 64 KiB and 64 levels. */
  payload: unknown;
};

/** The run to try again. */
export type RetryRunInput = {
  /** The run. It must have failed or been canceled, and be the newest of its workflow. */
  runId: string | number;
};

/** The state of a run. */
export type RunStatus =
  /** Stopped by a person; what it has written so far is kept. */
  | 'CANCELED'
  /** The result is being checked and saved. */
  | 'COMPLETING'
  /** Ended with an error. It can be retried from its last stored step. */
  | 'FAILED'
  /** Accepted and stored; no worker has claimed it yet. */
  | 'QUEUED'
  /** A worker is executing it. */
  | 'RUNNING'
  /** Succeeded. Final. */
  | 'SUCCEEDED'
  /** Waits for a hook or a point in time. Occupies no worker. */
  | 'WAITING';

/** Why a snapshot is sent. */
export type SnapshotReason =
  /** The cursor is older than the stream’s oldest entry. */
  | 'CURSOR_EXPIRED'
  /** The stream does not know this cursor. */
  | 'CURSOR_UNKNOWN'
  /** The subscription had no cursor, or one from before the stream began. */
  | 'INITIAL'
  /** The subscriber fell too far behind. */
  | 'LAGGED'
  /** A new run began, with its prompt as a new message. */
  | 'RUN_STARTED'
  /** Another writer took over. The snapshot shows what is stored. */
  | 'TAKEOVER';

/** What a step does. */
export type StepKind =
  /** A function of the agent. */
  | 'FUNCTION'
  /** A wait for an answer from outside. */
  | 'HOOK'
  /** One call of the model. */
  | 'MODEL_CALL'
  /** A wait for a point in time. */
  | 'SLEEP'
  /** One call of a tool that the model asked for. */
  | 'TOOL_CALL';

/** The state of a step. */
export type StepStatus =
  /** Given up because its run was canceled. */
  | 'CANCELED'
  /** Failed for good. */
  | 'FAILED'
  /** Known, but not running right now. */
  | 'PENDING'
  /** A try failed; another one follows. */
  | 'RETRYING'
  /** Being executed. */
  | 'RUNNING'
  /** Its result is stored. It will never be executed again. */
  | 'SUCCEEDED';

/** A prompt and where it goes. */
export type SubmitPromptInput = {
  /** The agent to use. */
  agent?: string | null | undefined;
  /** Any text of at most 200 characters. Repeating a key with the same input starts nothing new and returns the first result; with other input it is refused. Keys are kept for at least 24 hours, even if the workflow is deleted; a repeat then returns NOT_FOUND. */
  idempotencyKey?: string | null | undefined;
  /** What to build, in words. At most 16000 characters; control characters are removed. */
  prompt: string;
  /** The writer’s time zone, as an IANA name such as `Europe/Berlin`, in which "every Monday at 8" is meant. An unknown name is refused with VALIDATION. */
  timeZone?: string | null | undefined;
  /** The workflow to continue; null or absent for a new one. */
  workflowId?: string | number | null | undefined;
};

/** Why a mutation was refused. */
export type UserErrorCode =
  /** The current state does not allow it. */
  | 'CONFLICT'
  /** The viewer may not do this. */
  | 'FORBIDDEN'
  /** The idempotency key was used before with another input. */
  | 'IDEMPOTENCY_REUSED'
  /** It does not exist, or is not yours. You cannot tell which. */
  | 'NOT_FOUND'
  /** Too many requests; try again later. */
  | 'RATE_LIMITED'
  /** Part of the server cannot be reached; try again. */
  | 'UNAVAILABLE'
  /** An input is not valid; `field` names it. */
  | 'VALIDATION';

/** What a workflow is doing. */
export type WorkflowStatus =
  /** The agent is done; the result is being checked and saved. */
  | 'COMPLETING'
  /** The last run failed. You can submit a prompt or retry the run. */
  | 'FAILED'
  /** A run is queued or running. */
  | 'GENERATING'
  /** No run is active. You can submit a prompt. */
  | 'IDLE'
  /** The run waits for an answer from outside. It occupies no worker. */
  | 'WAITING';

export type SnapshotFieldsFragment = { id: string, title: string, agent: string, status: WorkflowStatus, cursor: string, promptLock: { reason: PromptLockReason, message: string } | null, messages: { nodes: Array<{ chunks: Array<UIMessageChunk>, id: string, role: string, parts: Array<unknown>, complete: boolean, createdAt: string, run: { id: string } | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } }, graph: { revision: number, nodes: Array<{ id: string, type: string, label: string, parameters: unknown, position: { x: number, y: number } }>, edges: Array<{ id: string, source: string, target: string, branch: string | null }>, issues: Array<{ code: string, severity: IssueSeverity, message: string, nodeId: string | null, edgeId: string | null, path: string | null }> }, latestRun: { id: string, status: RunStatus, historyExpiredAt: string | null, hooks: Array<{ id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null }>, retrying: { nodes: Array<{ attempts: Array<{ number: number, nextRetryAt: string | null, error: { message: string } | null }> }> }, error: { code: string, message: string, retryable: boolean } | null } | null };

export type MessageFieldsFragment = { id: string, role: string, parts: Array<unknown>, complete: boolean, createdAt: string, run: { id: string } | null };

export type OlderPageFieldsFragment = { hasPreviousPage: boolean, startCursor: string | null };

export type NodeFieldsFragment = { id: string, type: string, label: string, parameters: unknown, position: { x: number, y: number } };

export type EdgeFieldsFragment = { id: string, source: string, target: string, branch: string | null };

export type IssueFieldsFragment = { code: string, severity: IssueSeverity, message: string, nodeId: string | null, edgeId: string | null, path: string | null };

export type RunFieldsFragment = { id: string, status: RunStatus, historyExpiredAt: string | null, error: { code: string, message: string, retryable: boolean } | null };

export type ErrorFieldsFragment = { code: string, message: string, retryable: boolean };

export type HookFieldsFragment = { id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null };

export type SnapshotQueryVariables = Exact<{
  id: string | number;
}>;


export type SnapshotQuery = { workflow: { id: string, title: string, agent: string, status: WorkflowStatus, cursor: string, promptLock: { reason: PromptLockReason, message: string } | null, messages: { nodes: Array<{ chunks: Array<UIMessageChunk>, id: string, role: string, parts: Array<unknown>, complete: boolean, createdAt: string, run: { id: string } | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } }, graph: { revision: number, nodes: Array<{ id: string, type: string, label: string, parameters: unknown, position: { x: number, y: number } }>, edges: Array<{ id: string, source: string, target: string, branch: string | null }>, issues: Array<{ code: string, severity: IssueSeverity, message: string, nodeId: string | null, edgeId: string | null, path: string | null }> }, latestRun: { id: string, status: RunStatus, historyExpiredAt: string | null, hooks: Array<{ id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null }>, retrying: { nodes: Array<{ attempts: Array<{ number: number, nextRetryAt: string | null, error: { message: string } | null }> }> }, error: { code: string, message: string, retryable: boolean } | null } | null } | null };

export type MessagesQueryVariables = Exact<{
  workflowId: string | number;
  last: number;
  before?: string | null | undefined;
}>;


export type MessagesQuery = { workflow: { messages: { nodes: Array<{ id: string, role: string, parts: Array<unknown>, complete: boolean, createdAt: string, run: { id: string } | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } } } | null };

export type StreamSubscriptionVariables = Exact<{
  workflowId: string | number;
  cursor?: string | null | undefined;
}>;


export type StreamSubscription = { workflowStream: { cursor: string, caughtUp: boolean, events: Array<
      | { __typename: 'AttemptFailed', runId: string, attempt: number, message: string, willRetry: boolean, nextRetryAt: string | null }
      | { __typename: 'GraphPatched', revision: number, removeNodeIds: Array<string>, removeEdgeIds: Array<string>, upsertNodes: Array<{ id: string, type: string, label: string, parameters: unknown, position: { x: number, y: number } }>, upsertEdges: Array<{ id: string, source: string, target: string, branch: string | null }>, issues: Array<{ code: string, severity: IssueSeverity, message: string, nodeId: string | null, edgeId: string | null, path: string | null }> }
      | { __typename: 'HookChanged', hook: { id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null } }
      | { __typename: 'MessageChunks', messageId: string, runId: string, chunks: Array<UIMessageChunk> }
      | { __typename: 'StatusChanged', status: WorkflowStatus, runStatus: RunStatus | null, terminal: boolean, statusRunId: string | null, promptLock: { reason: PromptLockReason, message: string } | null, error: { code: string, message: string, retryable: boolean } | null }
      | { __typename: 'StepChanged', step: { id: string, name: string, kind: StepKind, status: StepStatus, startedAt: string | null, finishedAt: string | null, error: { code: string, message: string, retryable: boolean } | null } }
      | { __typename: 'StreamSnapshot', reason: SnapshotReason, workflow: { id: string, title: string, agent: string, status: WorkflowStatus, cursor: string, promptLock: { reason: PromptLockReason, message: string } | null, messages: { nodes: Array<{ chunks: Array<UIMessageChunk>, id: string, role: string, parts: Array<unknown>, complete: boolean, createdAt: string, run: { id: string } | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } }, graph: { revision: number, nodes: Array<{ id: string, type: string, label: string, parameters: unknown, position: { x: number, y: number } }>, edges: Array<{ id: string, source: string, target: string, branch: string | null }>, issues: Array<{ code: string, severity: IssueSeverity, message: string, nodeId: string | null, edgeId: string | null, path: string | null }> }, latestRun: { id: string, status: RunStatus, historyExpiredAt: string | null, hooks: Array<{ id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null }>, retrying: { nodes: Array<{ attempts: Array<{ number: number, nextRetryAt: string | null, error: { message: string } | null }> }> }, error: { code: string, message: string, retryable: boolean } | null } | null } }
    > } };

export type WorkflowsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type WorkflowsQuery = { workflows: { nodes: Array<{ id: string, title: string, agent: string, status: WorkflowStatus, createdAt: string, updatedAt: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SummaryFieldsFragment = { id: string, title: string, agent: string, status: WorkflowStatus, createdAt: string, updatedAt: string };

export type ServerInfoQueryVariables = Exact<{ [key: string]: never; }>;


export type ServerInfoQuery = { serverInfo: { agents: Array<string>, model: string | null, simulated: boolean } };

export type NodeCatalogQueryVariables = Exact<{ [key: string]: never; }>;


export type NodeCatalogQuery = { nodeCatalog: Array<{ type: string, kind: string, category: string, title: string, description: string, docs: string, icon: string, keywords: Array<string>, entry: boolean, terminal: boolean, loop: boolean, branches: unknown, parameters: Array<{ name: string, type: string, description: string, required: boolean, requiredWhen: unknown, default: unknown, example: unknown, values: Array<string> | null, items: unknown }>, outputs: Array<{ name: string, description: string }> }> };

export type SubmitPromptMutationVariables = Exact<{
  input: SubmitPromptInput;
}>;


export type SubmitPromptMutation = { submitPrompt: { workflow: { id: string } | null, run: { id: string, status: RunStatus, historyExpiredAt: string | null, error: { code: string, message: string, retryable: boolean } | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RefusalFieldsFragment = { code: UserErrorCode, field: Array<string> | null, message: string };

export type CancelRunMutationVariables = Exact<{
  input: CancelRunInput;
}>;


export type CancelRunMutation = { cancelRun: { run: { id: string, status: RunStatus, historyExpiredAt: string | null, error: { code: string, message: string, retryable: boolean } | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RetryRunMutationVariables = Exact<{
  input: RetryRunInput;
}>;


export type RetryRunMutation = { retryRun: { run: { id: string, status: RunStatus, historyExpiredAt: string | null, error: { code: string, message: string, retryable: boolean } | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RenameWorkflowMutationVariables = Exact<{
  input: RenameWorkflowInput;
}>;


export type RenameWorkflowMutation = { renameWorkflow: { workflow: { id: string, title: string, agent: string, status: WorkflowStatus, createdAt: string, updatedAt: string } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type DeleteWorkflowMutationVariables = Exact<{
  input: DeleteWorkflowInput;
}>;


export type DeleteWorkflowMutation = { deleteWorkflow: { deletedWorkflowId: string | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type ResolveHookMutationVariables = Exact<{
  input: ResolveHookInput;
}>;


export type ResolveHookMutation = { resolveHook: { hook: { id: string, name: string, title: string, status: HookStatus, schema: unknown, payload: unknown, expiresAt: string | null, resolvedAt: string | null, resolvedBy: { id: string, name: string } | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MessageFieldsFragmentDoc = new TypedDocumentString(`
    fragment MessageFields on Message {
  id
  role
  run {
    id
  }
  parts
  complete
  createdAt
}
    `, {"fragmentName":"MessageFields"}) as unknown as TypedDocumentString<MessageFieldsFragment, unknown>;
export const OlderPageFieldsFragmentDoc = new TypedDocumentString(`
    fragment OlderPageFields on PageInfo {
  hasPreviousPage
  startCursor
}
    `, {"fragmentName":"OlderPageFields"}) as unknown as TypedDocumentString<OlderPageFieldsFragment, unknown>;
export const NodeFieldsFragmentDoc = new TypedDocumentString(`
    fragment NodeFields on GraphNode {
  id
  type
  label
  parameters
  position {
    x
    y
  }
}
    `, {"fragmentName":"NodeFields"}) as unknown as TypedDocumentString<NodeFieldsFragment, unknown>;
export const EdgeFieldsFragmentDoc = new TypedDocumentString(`
    fragment EdgeFields on GraphEdge {
  id
  source
  target
  branch
}
    `, {"fragmentName":"EdgeFields"}) as unknown as TypedDocumentString<EdgeFieldsFragment, unknown>;
export const IssueFieldsFragmentDoc = new TypedDocumentString(`
    fragment IssueFields on GraphIssue {
  code
  severity
  message
  nodeId
  edgeId
  path
}
    `, {"fragmentName":"IssueFields"}) as unknown as TypedDocumentString<IssueFieldsFragment, unknown>;
export const ErrorFieldsFragmentDoc = new TypedDocumentString(`
    fragment ErrorFields on RunError {
  code
  message
  retryable
}
    `, {"fragmentName":"ErrorFields"}) as unknown as TypedDocumentString<ErrorFieldsFragment, unknown>;
export const RunFieldsFragmentDoc = new TypedDocumentString(`
    fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
    fragment ErrorFields on RunError {
  code
  message
  retryable
}`, {"fragmentName":"RunFields"}) as unknown as TypedDocumentString<RunFieldsFragment, unknown>;
export const HookFieldsFragmentDoc = new TypedDocumentString(`
    fragment HookFields on Hook {
  id
  name
  title
  status
  schema
  payload
  expiresAt
  resolvedAt
  resolvedBy {
    id
    name
  }
}
    `, {"fragmentName":"HookFields"}) as unknown as TypedDocumentString<HookFieldsFragment, unknown>;
export const SnapshotFieldsFragmentDoc = new TypedDocumentString(`
    fragment SnapshotFields on Workflow {
  id
  title
  agent
  status
  cursor
  promptLock {
    reason
    message
  }
  messages(last: 50) {
    nodes {
      ...MessageFields
      chunks
    }
    pageInfo {
      ...OlderPageFields
    }
  }
  graph {
    revision
    nodes {
      ...NodeFields
    }
    edges {
      ...EdgeFields
    }
    issues {
      ...IssueFields
    }
  }
  latestRun {
    ...RunFields
    hooks {
      ...HookFields
    }
    retrying: steps(first: 1, status: [RETRYING]) {
      nodes {
        attempts {
          number
          error {
            message
          }
          nextRetryAt
        }
      }
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  run {
    id
  }
  parts
  complete
  createdAt
}
fragment OlderPageFields on PageInfo {
  hasPreviousPage
  startCursor
}
fragment NodeFields on GraphNode {
  id
  type
  label
  parameters
  position {
    x
    y
  }
}
fragment EdgeFields on GraphEdge {
  id
  source
  target
  branch
}
fragment IssueFields on GraphIssue {
  code
  severity
  message
  nodeId
  edgeId
  path
}
fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment HookFields on Hook {
  id
  name
  title
  status
  schema
  payload
  expiresAt
  resolvedAt
  resolvedBy {
    id
    name
  }
}`, {"fragmentName":"SnapshotFields"}) as unknown as TypedDocumentString<SnapshotFieldsFragment, unknown>;
export const SummaryFieldsFragmentDoc = new TypedDocumentString(`
    fragment SummaryFields on Workflow {
  id
  title
  agent
  status
  createdAt
  updatedAt
}
    `, {"fragmentName":"SummaryFields"}) as unknown as TypedDocumentString<SummaryFieldsFragment, unknown>;
export const RefusalFieldsFragmentDoc = new TypedDocumentString(`
    fragment RefusalFields on UserError {
  code
  field
  message
}
    `, {"fragmentName":"RefusalFields"}) as unknown as TypedDocumentString<RefusalFieldsFragment, unknown>;
export const SnapshotDocument = new TypedDocumentString(`
    query Snapshot($id: ID!) {
  workflow(id: $id) {
    ...SnapshotFields
  }
}
    fragment SnapshotFields on Workflow {
  id
  title
  agent
  status
  cursor
  promptLock {
    reason
    message
  }
  messages(last: 50) {
    nodes {
      ...MessageFields
      chunks
    }
    pageInfo {
      ...OlderPageFields
    }
  }
  graph {
    revision
    nodes {
      ...NodeFields
    }
    edges {
      ...EdgeFields
    }
    issues {
      ...IssueFields
    }
  }
  latestRun {
    ...RunFields
    hooks {
      ...HookFields
    }
    retrying: steps(first: 1, status: [RETRYING]) {
      nodes {
        attempts {
          number
          error {
            message
          }
          nextRetryAt
        }
      }
    }
  }
}
fragment MessageFields on Message {
  id
  role
  run {
    id
  }
  parts
  complete
  createdAt
}
fragment OlderPageFields on PageInfo {
  hasPreviousPage
  startCursor
}
fragment NodeFields on GraphNode {
  id
  type
  label
  parameters
  position {
    x
    y
  }
}
fragment EdgeFields on GraphEdge {
  id
  source
  target
  branch
}
fragment IssueFields on GraphIssue {
  code
  severity
  message
  nodeId
  edgeId
  path
}
fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment HookFields on Hook {
  id
  name
  title
  status
  schema
  payload
  expiresAt
  resolvedAt
  resolvedBy {
    id
    name
  }
}`) as unknown as TypedDocumentString<SnapshotQuery, SnapshotQueryVariables>;
export const MessagesDocument = new TypedDocumentString(`
    query Messages($workflowId: ID!, $last: Int!, $before: String) {
  workflow(id: $workflowId) {
    messages(last: $last, before: $before) {
      nodes {
        ...MessageFields
      }
      pageInfo {
        ...OlderPageFields
      }
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  run {
    id
  }
  parts
  complete
  createdAt
}
fragment OlderPageFields on PageInfo {
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<MessagesQuery, MessagesQueryVariables>;
export const StreamDocument = new TypedDocumentString(`
    subscription Stream($workflowId: ID!, $cursor: Cursor) {
  workflowStream(workflowId: $workflowId, cursor: $cursor) {
    cursor
    caughtUp
    events {
      __typename
      ... on StreamSnapshot {
        reason
        workflow {
          ...SnapshotFields
        }
      }
      ... on MessageChunks {
        messageId
        runId
        chunks
      }
      ... on StatusChanged {
        statusRunId: runId
        status
        runStatus
        promptLock {
          reason
          message
        }
        error {
          ...ErrorFields
        }
        terminal
      }
      ... on StepChanged {
        step {
          id
          name
          kind
          status
          error {
            ...ErrorFields
          }
          startedAt
          finishedAt
        }
      }
      ... on GraphPatched {
        revision
        upsertNodes {
          ...NodeFields
        }
        removeNodeIds
        upsertEdges {
          ...EdgeFields
        }
        removeEdgeIds
        issues {
          ...IssueFields
        }
      }
      ... on HookChanged {
        hook {
          ...HookFields
        }
      }
      ... on AttemptFailed {
        runId
        attempt
        message
        willRetry
        nextRetryAt
      }
    }
  }
}
    fragment SnapshotFields on Workflow {
  id
  title
  agent
  status
  cursor
  promptLock {
    reason
    message
  }
  messages(last: 50) {
    nodes {
      ...MessageFields
      chunks
    }
    pageInfo {
      ...OlderPageFields
    }
  }
  graph {
    revision
    nodes {
      ...NodeFields
    }
    edges {
      ...EdgeFields
    }
    issues {
      ...IssueFields
    }
  }
  latestRun {
    ...RunFields
    hooks {
      ...HookFields
    }
    retrying: steps(first: 1, status: [RETRYING]) {
      nodes {
        attempts {
          number
          error {
            message
          }
          nextRetryAt
        }
      }
    }
  }
}
fragment MessageFields on Message {
  id
  role
  run {
    id
  }
  parts
  complete
  createdAt
}
fragment OlderPageFields on PageInfo {
  hasPreviousPage
  startCursor
}
fragment NodeFields on GraphNode {
  id
  type
  label
  parameters
  position {
    x
    y
  }
}
fragment EdgeFields on GraphEdge {
  id
  source
  target
  branch
}
fragment IssueFields on GraphIssue {
  code
  severity
  message
  nodeId
  edgeId
  path
}
fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment HookFields on Hook {
  id
  name
  title
  status
  schema
  payload
  expiresAt
  resolvedAt
  resolvedBy {
    id
    name
  }
}`) as unknown as TypedDocumentString<StreamSubscription, StreamSubscriptionVariables>;
export const WorkflowsDocument = new TypedDocumentString(`
    query Workflows($first: Int, $after: String) {
  workflows(first: $first, after: $after) {
    nodes {
      ...SummaryFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SummaryFields on Workflow {
  id
  title
  agent
  status
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<WorkflowsQuery, WorkflowsQueryVariables>;
export const ServerInfoDocument = new TypedDocumentString(`
    query ServerInfo {
  serverInfo {
    agents
    model
    simulated
  }
}
    `) as unknown as TypedDocumentString<ServerInfoQuery, ServerInfoQueryVariables>;
export const NodeCatalogDocument = new TypedDocumentString(`
    query NodeCatalog {
  nodeCatalog {
    type
    kind
    category
    title
    description
    docs
    icon
    keywords
    entry
    terminal
    loop
    branches
    parameters {
      name
      type
      description
      required
      requiredWhen
      default
      example
      values
      items
    }
    outputs {
      name
      description
    }
  }
}
    `) as unknown as TypedDocumentString<NodeCatalogQuery, NodeCatalogQueryVariables>;
export const SubmitPromptDocument = new TypedDocumentString(`
    mutation SubmitPrompt($input: SubmitPromptInput!) {
  submitPrompt(input: $input) {
    workflow {
      id
    }
    run {
      ...RunFields
    }
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<SubmitPromptMutation, SubmitPromptMutationVariables>;
export const CancelRunDocument = new TypedDocumentString(`
    mutation CancelRun($input: CancelRunInput!) {
  cancelRun(input: $input) {
    run {
      ...RunFields
    }
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<CancelRunMutation, CancelRunMutationVariables>;
export const RetryRunDocument = new TypedDocumentString(`
    mutation RetryRun($input: RetryRunInput!) {
  retryRun(input: $input) {
    run {
      ...RunFields
    }
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment RunFields on Run {
  id
  status
  historyExpiredAt
  error {
    ...ErrorFields
  }
}
fragment ErrorFields on RunError {
  code
  message
  retryable
}
fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<RetryRunMutation, RetryRunMutationVariables>;
export const RenameWorkflowDocument = new TypedDocumentString(`
    mutation RenameWorkflow($input: RenameWorkflowInput!) {
  renameWorkflow(input: $input) {
    workflow {
      ...SummaryFields
    }
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment SummaryFields on Workflow {
  id
  title
  agent
  status
  createdAt
  updatedAt
}
fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<RenameWorkflowMutation, RenameWorkflowMutationVariables>;
export const DeleteWorkflowDocument = new TypedDocumentString(`
    mutation DeleteWorkflow($input: DeleteWorkflowInput!) {
  deleteWorkflow(input: $input) {
    deletedWorkflowId
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<DeleteWorkflowMutation, DeleteWorkflowMutationVariables>;
export const ResolveHookDocument = new TypedDocumentString(`
    mutation ResolveHook($input: ResolveHookInput!) {
  resolveHook(input: $input) {
    hook {
      ...HookFields
    }
    userErrors {
      ...RefusalFields
    }
  }
}
    fragment HookFields on Hook {
  id
  name
  title
  status
  schema
  payload
  expiresAt
  resolvedAt
  resolvedBy {
    id
    name
  }
}
fragment RefusalFields on UserError {
  code
  field
  message
}`) as unknown as TypedDocumentString<ResolveHookMutation, ResolveHookMutationVariables>;