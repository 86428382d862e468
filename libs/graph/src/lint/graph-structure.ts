/**
 * What the edges of a graph mean: entries, paths, loops, reachability and order. Tolerates every malformed graph (dangling
 * edges, repeated ids, cycles) and reports nothing.
 */
import { findNodeType } from '../catalog/catalog.js';
import type { GraphEdge, GraphNode, WorkflowGraph } from '../graph-schema.js';

type Adjacency = ReadonlyMap<string, readonly string[]>;

export interface GraphStructure {
  /** The first node of each id. */
  readonly nodesById: ReadonlyMap<string, GraphNode>;
  readonly triggers: readonly GraphNode[];
  readonly errorHandlers: readonly GraphNode[];
  /** Every edge that leaves a node, as drawn. */
  readonly outgoing: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly GraphEdge[]>;
  /** Ids reachable from an entry. */
  readonly reachable: ReadonlySet<string>;
  /** Groups of ids that form cycles, ignoring the return edges of loops. */
  readonly cycles: readonly (readonly string[])[];
  /** For each loop node, the ids that run once per item. */
  readonly loopBodies: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ids that run inside any loop. */
  readonly looped: ReadonlySet<string>;
  /** Ids that run only after an error handler. */
  readonly afterFailure: ReadonlySet<string>;
  /** Whether a node's result can be known when another one runs. */
  comesBefore(earlier: string, later: string): boolean;
}

export function isTrigger(node: GraphNode): boolean {
  return findNodeType(node.type)?.category === 'trigger' || node.type.startsWith('trigger.');
}

export function isEntry(node: GraphNode): boolean {
  return isTrigger(node) || findNodeType(node.type)?.entry === true;
}

/** Ids that an error handler watches; `null` means all. */
export function watchedBy(handler: GraphNode): readonly string[] | null {
  const watch = handler.parameters.watch;
  if (!Array.isArray(watch) || watch.length === 0 || watch.includes('all')) return null;
  return watch.filter((id) => typeof id === 'string');
}

export function analyseGraph(graph: WorkflowGraph): GraphStructure {
  const nodesById = new Map<string, GraphNode>();
  for (const node of graph.nodes) if (!nodesById.has(node.id)) nodesById.set(node.id, node);
  const nodes = [...nodesById.values()];
  const triggers = nodes.filter(isTrigger);
  const errorHandlers = nodes.filter((node) => node.type === 'logic.errorHandler');
  const outgoing = Map.groupBy(graph.edges, (edge) => edge.source);
  const incoming = Map.groupBy(graph.edges, (edge) => edge.target);

  // Invalid edges have findings of their own and must not cause others.
  const sound = graph.edges.filter((edge) => {
    const target = nodesById.get(edge.target);
    return nodesById.has(edge.source) && target !== undefined && !isEntry(target) && edge.source !== edge.target;
  });
  const loopBodies = findLoopBodies(nodes, sound);
  const forward = sound.filter((edge) => !loopBodies.get(edge.target)?.has(edge.source));

  const flow = adjacency(sound);
  const handlerIds = errorHandlers.map((node) => node.id);
  const triggerIds = triggers.map((node) => node.id);
  const roots =
    triggerIds.length > 0 ? triggerIds : nodes.filter((node) => !incoming.has(node.id)).map((node) => node.id);
  const fromTrigger = reach(flow, roots);
  const fromHandlers = reach(flow, handlerIds);

  const ancestors = new Map<string, ReadonlySet<string>>();
  const backward = adjacency(orderEdges(nodes, forward, loopBodies, errorHandlers, flow), true);
  const ancestorsOf = (id: string): ReadonlySet<string> => {
    const known = ancestors.get(id) ?? reach(backward, backward.get(id) ?? []);
    ancestors.set(id, known);
    return known;
  };

  return {
    nodesById,
    triggers,
    errorHandlers,
    outgoing,
    incoming,
    reachable: new Set([...fromTrigger, ...fromHandlers]),
    cycles: findCycles(nodes, adjacency(forward)),
    loopBodies,
    looped: new Set([...loopBodies.values()].flatMap((body) => [...body])),
    afterFailure: new Set([...fromHandlers].filter((id) => !handlerIds.includes(id))),
    comesBefore: (earlier, later) => ancestorsOf(later).has(earlier),
  };
}

/**
 * The nodes that the item branch of a loop reaches without passing the loop again, and that none of its other branches
 * reaches.
 */
function findLoopBodies(nodes: readonly GraphNode[], edges: readonly Pair[]): Map<string, ReadonlySet<string>> {
  const bodies = new Map<string, ReadonlySet<string>>();
  for (const node of nodes) {
    if (!findNodeType(node.type)?.loop) continue;
    const withoutLoop = adjacency(edges.filter((edge) => edge.source !== node.id && edge.target !== node.id));
    const own = edges.filter((edge) => edge.source === node.id);
    const targets = (each: boolean): string[] =>
      own.filter((edge) => (edge.branch === 'each') === each).map((edge) => edge.target);
    const outside = reach(withoutLoop, targets(false));
    bodies.set(node.id, new Set([...reach(withoutLoop, targets(true))].filter((id) => !outside.has(id))));
  }
  return bodies;
}

interface Pair {
  readonly source: string;
  readonly target: string;
  readonly branch?: string | null;
}

/** Forward edges, plus: a loop's body comes before what follows the loop, and watched nodes come before their handler. */
function orderEdges(
  nodes: readonly GraphNode[],
  forward: readonly Pair[],
  loopBodies: ReadonlyMap<string, ReadonlySet<string>>,
  errorHandlers: readonly GraphNode[],
  flow: Adjacency,
): Pair[] {
  const pairs = [...forward];
  for (const [loopId, body] of loopBodies) {
    const after = forward.filter((edge) => edge.source === loopId && !body.has(edge.target));
    for (const { target } of after) for (const source of body) pairs.push({ source, target });
  }
  for (const handler of errorHandlers) {
    const behind = reach(flow, [handler.id]);
    const watched = watchedBy(handler) ?? nodes.map((node) => node.id);
    for (const source of watched) if (!behind.has(source)) pairs.push({ source, target: handler.id });
  }
  return pairs;
}

function findCycles(nodes: readonly GraphNode[], forward: Adjacency): string[][] {
  const reaches = new Map(nodes.map((node) => [node.id, reach(forward, forward.get(node.id) ?? [])]));
  const grouped = new Set<string>();
  const cycles: string[][] = [];
  for (const [id, reached] of reaches) {
    if (grouped.has(id) || !reached.has(id)) continue;
    const members = [...reaches.keys()].filter((other) => reached.has(other) && reaches.get(other)?.has(id));
    for (const member of members) grouped.add(member);
    cycles.push(members);
  }
  return cycles;
}

/** Everything reachable, including the starting points. */
export function reach(neighbours: Adjacency, from: Iterable<string>): Set<string> {
  const seen = new Set(from);
  for (const id of seen) for (const next of neighbours.get(id) ?? []) seen.add(next);
  return seen;
}

/** The targets of each source or, reversed, the sources of each target, in the order of the edges. */
export function adjacency(edges: readonly Pair[], reversed = false): Adjacency {
  const [from, to] = reversed ? (['target', 'source'] as const) : (['source', 'target'] as const);
  const groups = Map.groupBy(edges, (edge) => edge[from]);
  return new Map([...groups].map(([id, group]) => [id, group.map((edge) => edge[to])]));
}
