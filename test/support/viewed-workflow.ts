/**
 * A workflow folded from received events like a client does, by the rules of the protocol document: messages, graph, status
 * and ends of runs.
 */
import { ChunkCompactor, isTerminalRunStatus, type UIMessageChunk } from '#libs/contracts';
import { partsOf } from './folded-message.ts';
import type { WorkflowAnswer } from './graphql-api.ts';

type Graph = WorkflowAnswer['graph'];
type SeenWorkflow = Pick<WorkflowAnswer, 'status' | 'promptLock' | 'activeRun' | 'latestRun' | 'messages' | 'graph'>;

export interface ViewedEvent {
  __typename: string;
  reason?: string;
  workflow?: WorkflowAnswer;
  messageId?: string;
  chunks?: UIMessageChunk[];
  terminal?: boolean;
  runId?: string;
  /** `StatusChanged.runId`, aliased because it is nullable here, unlike in other events. */
  endedRunId?: string | null;
  status?: string;
  runStatus?: string;
  promptLock?: WorkflowAnswer['promptLock'];
  willRetry?: boolean;
  revision?: number;
  upsertNodes?: Graph['nodes'];
  removeNodeIds?: string[];
  upsertEdges?: Graph['edges'];
  removeEdgeIds?: string[];
  issues?: Graph['issues'];
  [key: string]: unknown;
}

/** The comparable state: equal for a subscriber and Postgres when nothing was lost, duplicated or misplaced. */
export interface FoldedWorkflow {
  status: string;
  lock: string | null;
  activeRun: string | null;
  graph: unknown;
  /** Parts of the assistant's messages by message id. */
  messages: Record<string, unknown[]>;
}

/** Folded from a queried workflow alone, without the stream. */
export async function foldWorkflow(workflow: SeenWorkflow): Promise<FoldedWorkflow> {
  const messages: FoldedWorkflow['messages'] = {};
  for (const { id, role, chunks } of workflow.messages) {
    if (role === 'assistant') messages[id] = await partsOf(chunks as UIMessageChunk[]);
  }
  return {
    status: workflow.status,
    lock: workflow.promptLock?.reason ?? null,
    activeRun: workflow.activeRun?.id ?? null,
    graph: inOneOrder(workflow.graph),
    messages,
  };
}

export class ViewedWorkflow {
  private seen: SeenWorkflow | null = null;
  private readonly compactors = new Map<string, ChunkCompactor>();
  private readonly endedRuns = new Set<string>();
  private readonly knownRuns = new Set<string>();

  /** Starts over from a snapshot or a query. */
  replace(workflow: SeenWorkflow): void {
    this.seen = structuredClone(workflow);
    this.compactors.clear();
    for (const { id, chunks } of workflow.messages) {
      this.compactors.set(id, new ChunkCompactor(chunks as UIMessageChunk[]));
    }
    const { latestRun } = workflow;
    if (!latestRun) return;
    this.knownRuns.add(latestRun.id);
    for (const runId of this.knownRuns) if (runId !== latestRun.id) this.endedRuns.add(runId);
    if (isTerminalRunStatus(latestRun.status)) this.endedRuns.add(latestRun.id);
    else this.endedRuns.delete(latestRun.id);
  }

  apply(event: ViewedEvent): void {
    const runId = event.endedRunId ?? event.runId;
    if (runId) this.knownRuns.add(runId);
    switch (event.__typename) {
      case 'StreamSnapshot':
        if (event.workflow) this.replace(event.workflow);
        return;
      case 'MessageChunks':
        this.compactorOf(event.messageId ?? '').push(event.chunks ?? []);
        return;
      case 'StatusChanged':
        this.applyStatus(event);
        return;
      case 'GraphPatched':
        this.applyPatch(event);
    }
  }

  hasSeenEndOf(runId: string): boolean {
    return this.endedRuns.has(runId);
  }

  chunksOf(messageId: string): UIMessageChunk[] {
    return this.compactors.get(messageId)?.toChunks() ?? [];
  }

  copy(): ViewedWorkflow {
    const copy = new ViewedWorkflow();
    copy.seen = structuredClone(this.seen);
    for (const [id, compactor] of this.compactors) copy.compactors.set(id, new ChunkCompactor(compactor.toChunks()));
    for (const id of this.endedRuns) copy.endedRuns.add(id);
    for (const id of this.knownRuns) copy.knownRuns.add(id);
    return copy;
  }

  async fold(): Promise<FoldedWorkflow> {
    if (!this.seen) throw new Error('The subscriber was sent neither a snapshot nor a place to go on from.');
    const shown = new Map(this.seen.messages.map((message) => [message.id, message]));
    const messages = [...this.compactors].map(([id, compactor]) => ({
      ...(shown.get(id) ?? { id, role: 'assistant', complete: false, parts: [] }),
      chunks: compactor.toChunks(),
    }));
    return foldWorkflow({ ...this.seen, messages });
  }

  private applyStatus({ endedRunId, terminal, status, runStatus, promptLock }: ViewedEvent): void {
    if (terminal && endedRunId) this.endedRuns.add(endedRunId);
    const shown = this.seen?.latestRun;
    if (!this.seen || (shown && endedRunId && endedRunId !== shown.id)) return;
    const run = endedRunId ? { id: endedRunId, status: runStatus ?? '' } : null;
    Object.assign(this.seen, {
      status,
      promptLock: promptLock ?? null,
      ...(run && { latestRun: run, activeRun: terminal ? null : run }),
    });
  }

  private applyPatch(patch: ViewedEvent): void {
    const graph = this.seen?.graph;
    if (!graph || !patch.revision || patch.revision <= graph.revision) return;
    const { removeNodeIds = [], removeEdgeIds = [], upsertNodes = [], upsertEdges = [] } = patch;
    graph.revision = patch.revision;
    graph.nodes = upserted(graph.nodes, upsertNodes, removeNodeIds);
    graph.edges = upserted(graph.edges, upsertEdges, removeEdgeIds);
    graph.issues = patch.issues ?? [];
  }

  private compactorOf(messageId: string): ChunkCompactor {
    let compactor = this.compactors.get(messageId);
    if (!compactor) {
      compactor = new ChunkCompactor();
      this.compactors.set(messageId, compactor);
    }
    return compactor;
  }
}

function upserted<T extends { id: string }>(
  before: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
): T[] {
  const gone = new Set([...removed, ...changed.map(({ id }) => id)]);
  return [...before.filter(({ id }) => !gone.has(id)), ...changed];
}

/** A graph compared as a set: nodes and edges by id, issues by their content. */
function inOneOrder({ revision, nodes, edges, issues }: Graph): unknown {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return {
    revision,
    nodes: [...nodes].sort(byId),
    edges: [...edges].sort(byId),
    issues: issues.map((issue) => JSON.stringify(issue)).sort(),
  };
}
