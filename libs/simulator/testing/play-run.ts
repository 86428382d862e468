/**
 * Plays the agent's loop in-process against the graph library's edits, for tests of the planner: no HTTP, no engine.
 */
import {
  addNodes,
  connectNodes,
  disconnectNodes,
  emptyGraph,
  hasErrors,
  lintGraph,
  removeNodes,
  searchNodeTypes,
  updateNode,
  type WorkflowGraph,
} from '#libs/graph';
import { type Conversation, type ConversationItem, REPAIR_PREFIX } from '../src/conversation.js';
import type { Move } from '../src/model-turn.js';
import { planMove } from '../src/planner/plan-move.js';

interface PlayedRun {
  graph: WorkflowGraph;
  moves: Move[];
  texts: string[];
  /** Problems that the edits reported. */
  failures: string[];
  /** How often the linter's errors went back. */
  corrections: number;
}

interface PlayOptions {
  invalidRounds?: number;
  maxCorrections?: number;
  /** Stands between the planner and the tools: returns what the tool answers instead, or `undefined` to let it work. */
  intercept?: (name: string, input: unknown, turn: number) => string | undefined;
}

const tools = ['searchNodeTypes', 'addNodes', 'connectNodes', 'updateNode', 'removeNodes', 'validateGraph'];
const MAX_MOVES = 60;

/** Runs a prompt to its end on a graph (empty when none is given). Throws when the planner does not come to an end. */
export function play(prompt: string, start: WorkflowGraph = emptyGraph(), options: PlayOptions = {}): PlayedRun {
  const run: PlayedRun = { graph: start, moves: [], texts: [], failures: [], corrections: 0 };
  const items: ConversationItem[] = [{ kind: 'user', text: prompt }];
  const plain = {
    nodes: start.nodes.map(({ id, type, label, parameters }) => ({ id, type, label, parameters })),
    edges: start.edges.map(({ source, target, branch }) => ({ source, target, branch: branch ?? null })),
  };
  const conversation: Conversation = {
    api: 'responses',
    model: 'simulator',
    instructions:
      start.nodes.length === 0 ? 'Build.' : `Build.\n<current-graph>\n${JSON.stringify(plain)}\n</current-graph>`,
    items,
    tools: tools.map((name) => ({ name, description: '', parameters: {} })),
    stream: true,
    wantsReasoningSummary: true,
    wantsEncryptedReasoning: false,
    outputFormat: null,
    wantsUsage: true,
  };
  for (;;) {
    const move = planMove(conversation, { invalidRounds: options.invalidRounds ?? 0 });
    run.moves.push(move);
    if (run.moves.length > MAX_MOVES) throw new Error('The planner does not come to an end.');
    run.texts.push(move.text);
    if (move.text !== '') items.push({ kind: 'assistant', text: move.text });
    const turn = run.moves.length;
    const calls = move.calls.map((call, index) => ({ ...call, callId: `call_${turn}_${index}` }));
    for (const { callId, name, arguments: input } of calls) {
      items.push({ kind: 'call', callId, name, arguments: JSON.stringify(input) });
    }
    for (const { callId, name, arguments: input } of calls) {
      const output =
        options.intercept?.(name, input, turn) ?? JSON.stringify(apply(run, name, JSON.parse(JSON.stringify(input))));
      items.push({ kind: 'result', callId, output });
    }
    if (calls.length > 0) continue;
    const errors = lintGraph(run.graph).filter((issue) => issue.severity === 'ERROR');
    if (errors.length === 0 || run.corrections >= (options.maxCorrections ?? 0)) return run;
    run.corrections += 1;
    items.push({
      kind: 'user',
      text: `${REPAIR_PREFIX}\n${errors.map((issue) => `- ${issue.code} ${issue.nodeId ?? 'graph'}: ${issue.message}`).join('\n')}`,
    });
  }
}

interface ToolInput {
  query: string;
  limit?: number;
  nodes: unknown[];
  edges: { source: string; target: string }[];
  disconnect?: { source: string; target: string }[];
  ids: string[];
}

function apply(run: PlayedRun, name: string, input: ToolInput): unknown {
  const noted = (problems: readonly { message: string }[]) => {
    run.failures.push(...problems.map((problem) => problem.message));
    return problems;
  };
  switch (name) {
    case 'searchNodeTypes':
      return { types: searchNodeTypes(input.query, input.limit).map(({ type }) => ({ type })) };
    case 'addNodes': {
      const edited = addNodes(run.graph, input.nodes);
      run.graph = edited.graph;
      return { added: edited.patch.upsertNodes.map(({ id }) => id), problems: noted(edited.problems) };
    }
    case 'connectNodes': {
      const cut = disconnectNodes(run.graph, input.disconnect ?? []);
      const joined = connectNodes(cut.graph, input.edges);
      run.graph = joined.graph;
      return {
        connected: joined.patch.upsertEdges.map(({ id }) => id),
        disconnected: cut.patch.removeEdgeIds,
        problems: noted([...cut.problems, ...joined.problems]),
      };
    }
    case 'updateNode': {
      const edited = updateNode(run.graph, input);
      run.graph = edited.graph;
      return { updated: edited.patch.upsertNodes.map(({ id }) => id), problems: noted(edited.problems) };
    }
    case 'removeNodes': {
      const edited = removeNodes(run.graph, input.ids);
      run.graph = edited.graph;
      return { removed: edited.patch.removeNodeIds, problems: noted(edited.problems) };
    }
    case 'validateGraph': {
      const issues = lintGraph(run.graph);
      return { ok: !hasErrors(issues), issues };
    }
    default:
      return `There is no tool ${name}.`;
  }
}
