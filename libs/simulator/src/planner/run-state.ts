/**
 * Reconstructs the current run from the conversation: the original graph, the graph after all successful tool calls, and
 * how often each call was tried. Nothing else is used, so a replayed call gets the same answer.
 */
import {
  type Conversation,
  type ConversationItem,
  countAssistantTurns,
  itemsOfRun,
  REPAIR_PREFIX,
} from '../conversation.js';
import type { GraphView, Parameters, PlannedEdge, PlannedNode } from './plan.js';
import { sameEdge } from './plan.js';

export interface Finding {
  code: string;
  severity: string;
  message: string;
  nodeId?: string;
  path?: string;
}

export interface RunState {
  start: GraphView;
  now: GraphView;
  /** Answers given by the simulator in this run. */
  turns: number;
  /** Findings of the last validation, if nothing was changed since. */
  validated: Finding[] | undefined;
  /** Findings from the agent's loop, when they are unanswered or only this round is being worked on. */
  corrections: Finding[] | undefined;
  /** How often the loop has asked for corrections. */
  correctionRounds: number;
  /** Answers since the last request for corrections, or since the prompt. */
  turnsOfRound: number;
  /** How often each tool call was made, by name and subject (a node id, an edge). */
  attempts: Map<string, number>;
}

/** Matches whole lines: the JSON between them has no line breaks, so no label can end it early. */
const graphBlock = /^<current-graph>\n([\s\S]*?)\n<\/current-graph>$/mu;

/** The graph at the start of the run; empty when the instructions contain none. */
function readCurrentGraph(instructions: string): GraphView {
  const parsed = record(parse(graphBlock.exec(instructions)?.[1] ?? ''));
  return { nodes: list(parsed?.nodes).flatMap(toNode), edges: list(parsed?.edges).flatMap(toEdge) };
}

export function readRun(conversation: Conversation): RunState {
  const start = readCurrentGraph(conversation.instructions);
  const items = itemsOfRun(conversation);
  const results = new Map(
    items.flatMap((item) => (item.kind === 'result' ? [[item.callId, item.output] as const] : [])),
  );
  const state: RunState = {
    start,
    now: { nodes: [...start.nodes], edges: [...start.edges] },
    turns: countAssistantTurns(items),
    validated: undefined,
    corrections: undefined,
    correctionRounds: 0,
    turnsOfRound: 0,
    attempts: new Map(),
  };
  let roundStart = 0;
  items.forEach((item, index) => {
    if (item.kind === 'user') {
      roundStart = index;
      state.correctionRounds += 1;
      state.corrections = readCorrections(item.text);
      state.validated = undefined;
    } else if (item.kind === 'call') {
      applyCall(state, item, record(parse(results.get(item.callId) ?? '')));
    }
  });
  state.turnsOfRound = countAssistantTurns(items.slice(roundStart));
  return state;
}

export function attemptKey(name: string, subject: string): string {
  return `${name} ${subject}`;
}

export function edgeSubject(edge: PlannedEdge): string {
  return `${edge.source}>${edge.branch ?? ''}>${edge.target}`;
}

function applyCall(
  state: RunState,
  call: Extract<ConversationItem, { kind: 'call' }>,
  output: Fields | undefined,
): void {
  const input = record(parse(call.arguments));
  const tried = (subject: string) => {
    const key = attemptKey(call.name, subject);
    state.attempts.set(key, (state.attempts.get(key) ?? 0) + 1);
  };
  if (call.name !== 'validateGraph' && call.name !== 'searchNodeTypes') state.validated = undefined;
  const { now } = state;
  switch (call.name) {
    case 'addNodes': {
      const nodes = list(input?.nodes).flatMap(toNode);
      for (const node of nodes) tried(node.id);
      const added = new Set(list(output?.added));
      now.nodes.push(...nodes.filter((node) => added.has(node.id)));
      return;
    }
    case 'connectNodes': {
      const edges = list(input?.edges).flatMap(toEdge);
      const cut = list(input?.disconnect).flatMap(toEdge);
      for (const edge of edges) tried(edgeSubject(edge));
      for (const edge of cut) tried(`-${edgeSubject(edge)}`);
      if (output === undefined) return;
      const known = new Set(now.nodes.map((node) => node.id));
      now.edges = now.edges.filter((edge) => !cut.some((other) => sameEdge(edge, other)));
      now.edges.push(
        ...edges.filter(
          (edge) =>
            known.has(edge.source) && known.has(edge.target) && !now.edges.some((other) => sameEdge(edge, other)),
        ),
      );
      return;
    }
    case 'updateNode': {
      const id = String(input?.id);
      tried(id);
      if (!list(output?.updated).includes(id) && output?.updated !== id && output?.updated !== true) return;
      now.nodes = now.nodes.map((node) => (node.id === id && input ? changed(node, input) : node));
      return;
    }
    case 'removeNodes': {
      for (const id of list(input?.ids)) tried(String(id));
      const removed = new Set(list(output?.removed));
      now.nodes = now.nodes.filter((node) => !removed.has(node.id));
      now.edges = now.edges.filter((edge) => !removed.has(edge.source) && !removed.has(edge.target));
      return;
    }
    case 'validateGraph':
      tried('');
      state.validated = output === undefined ? undefined : list(output.issues).flatMap(toFinding);
      return;
    default:
      tried('');
  }
}

function changed(node: PlannedNode, input: Fields): PlannedNode {
  const gone = new Set(list(input.removeParameters).map(String));
  const merged: Parameters = { ...node.parameters, ...((record(input.parameters) ?? {}) as Parameters) };
  const parameters = Object.fromEntries(Object.entries(merged).filter(([name]) => !gone.has(name)));
  return { ...node, label: typeof input.label === 'string' ? input.label : node.label, parameters };
}

function readCorrections(text: string): Finding[] {
  return text
    .slice(REPAIR_PREFIX.length)
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*(?:[-*]\s*)?([A-Z_]{4,})\s+(?:\(?([\w-]+)\)?)?:\s*(.+)$/u.exec(line);
      return match?.[1] && match[3]
        ? [{ code: match[1], severity: 'ERROR', message: match[3], ...(match[2] ? { nodeId: match[2] } : {}) }]
        : [];
    });
}

type Fields = Record<string, unknown>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A failed tool answers with a sentence instead of JSON, and so does a call with malformed arguments.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function toNode(value: unknown): PlannedNode[] {
  const node = record(value);
  if (typeof node?.id !== 'string' || typeof node.type !== 'string') return [];
  const label = typeof node.label === 'string' ? node.label : node.id;
  return [{ id: node.id, type: node.type, label, parameters: (record(node.parameters) ?? {}) as Parameters }];
}

function toEdge(value: unknown): PlannedEdge[] {
  const edge = record(value);
  if (typeof edge?.source !== 'string' || typeof edge.target !== 'string') return [];
  const branch = typeof edge.branch === 'string' && edge.branch !== '' ? { branch: edge.branch } : {};
  return [{ source: edge.source, target: edge.target, ...branch }];
}

function toFinding(value: unknown): Finding[] {
  const issue = record(value);
  if (typeof issue?.code !== 'string') return [];
  return [
    {
      code: issue.code,
      severity: String(issue.severity),
      message: String(issue.message ?? issue.code),
      ...(typeof issue.nodeId === 'string' ? { nodeId: issue.nodeId } : {}),
      ...(typeof issue.path === 'string' ? { path: issue.path } : {}),
    },
  ];
}
