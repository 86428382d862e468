/**
 * Lays out paths in a machine, which is a tree of scopes: each branch of a Parallel and each iteration of a Map has its own
 * states, and no transition leaves its scope. Diverging paths become a Parallel containing the steps that only one path
 * reaches; where they meet, the machine continues after it.
 */
import type { JsonValue } from '#libs/contracts';
import { outletsOf } from '../../catalog/branches.js';
import type { GraphEdge, GraphNode, WorkflowGraph } from '../../graph-schema.js';
import { analyseGraph, type GraphStructure, isEntry } from '../../lint/graph-structure.js';
import type { LossList } from '../export-loss.js';
import { UniqueNames } from '../unique-names.js';
import { MAX_STATE_NAME } from './asl-facts.js';
import { evaluate } from './asl-values.js';

export type State = Record<string, JsonValue>;

export interface Scope {
  readonly states: Map<string, State>;
  /** Ids allowed in this scope. */
  readonly allowed: ReadonlySet<string>;
  /** Ids at which a path of this scope ends, because the machine continues there after the scope. */
  readonly ends: ReadonlySet<string>;
  /** Edges that ended this way. */
  readonly ended: Set<string>;
  readonly parent: Scope | null;
  /** Steps inside, including nested scopes, that may fail. */
  readonly failing: Set<string>;
}

export abstract class AslFlow {
  protected readonly structure: GraphStructure;
  protected readonly names = new UniqueNames(MAX_STATE_NAME);
  protected readonly nameOf = new Map<string, string>();
  protected readonly placed = new Map<string, Scope>();
  /** Edges that were followed. */
  protected readonly written = new Set<GraphEdge>();
  protected readonly top: Scope;

  constructor(
    protected readonly graph: WorkflowGraph,
    protected readonly losses: LossList,
  ) {
    this.structure = analyseGraph(graph);
    this.top = scope(new Set(graph.nodes.map(({ id }) => id)), new Set(), null);
    for (const node of graph.nodes) this.nameOf.set(node.id, this.names.give(node.label));
  }

  protected abstract stateOf(node: GraphNode, name: string, at: Scope): State;

  /** Adds what a Parallel or a Map does when a step inside it fails. */
  protected abstract blockCatch(inside: Pick<Scope, 'failing'>, at: Scope): State;

  /** The name of the state, written on the first call; `null` when the step is not allowed in this scope. */
  protected enter(id: string, at: Scope): string | null {
    const known = this.placed.get(id);
    if (known) return known === at ? (this.nameOf.get(id) ?? null) : null;
    const node = this.structure.nodesById.get(id);
    if (!node || !at.allowed.has(id)) return null;
    this.placed.set(id, at);
    const name = this.nameOf.get(id) ?? '';
    // Reserves the state's place in the file before the states that follow it.
    at.states.set(name, { Type: 'Pass' });
    at.states.set(name, this.stateOf(node, name, at));
    return name;
  }

  /** The target of a branch's edges: the name of a state, or `null` where the path ends. */
  protected follow(node: GraphNode, branch: string | null, at: Scope): string | null {
    const edges = this.edges(node, branch);
    const targets: string[] = [];
    for (const edge of edges) {
      this.written.add(edge);
      const target = this.structure.nodesById.get(edge.target);
      if (at.ends.has(edge.target)) {
        at.ended.add(edge.id);
      } else if (!target || isEntry(target)) {
        this.losses.add({ edgeId: edge.id, message: 'A connection into a step that starts a path is left out.' });
      } else if (!at.allowed.has(edge.target) || (this.placed.get(edge.target) ?? at) !== at) {
        this.losses.add({
          edgeId: edge.id,
          message:
            'A connection leads out of a loop or of steps that run side by side, where a state machine has no way; the path ends there.',
        });
      } else {
        targets.push(edge.target);
      }
    }
    const [only] = targets;
    const name = this.nameOf.get(node.id) ?? '';
    if (targets.length < 2 || only === undefined) return only === undefined ? null : this.enter(only, at);
    for (const edge of edges.filter(({ target }) => this.placed.has(target) && targets.includes(target))) {
      this.losses.add({ edgeId: edge.id, message: 'A connection back to an earlier step beside others is left out.' });
    }
    return this.goTo(
      targets.filter((id) => !this.placed.has(id)),
      at,
      name,
      edges,
    );
  }

  /** The state that starts all these steps, to which the edges lead; `null` when there are none. */
  protected goTo(ids: readonly string[], at: Scope, near: string, edges: readonly GraphEdge[]): string | null {
    const [first] = ids;
    if (first === undefined) return null;
    if (ids.length === 1) return this.enter(first, at);
    const own = ids.map((id) => this.belonging(id, ids, at));
    if (own.every((ids) => ids.size === 0)) {
      // Other paths lead to each as well, perhaps those of the others, so the order of the drawing decides.
      for (const edge of edges) {
        if (edge.target !== first && ids.includes(edge.target) && this.written.has(edge))
          this.losses.add({
            edgeId: edge.id,
            message: 'A connection beside others is left out, because other paths lead to its step as well.',
          });
      }
      return this.enter(first, at);
    }
    const inBlock = new Set(own.flatMap((ids) => [...ids]));
    const behind = new Set(ids.filter((_, index) => own[index]?.size === 0));
    const onward = [...edges];
    for (const edge of this.graph.edges) {
      if (
        inBlock.has(edge.source) &&
        !inBlock.has(edge.target) &&
        at.allowed.has(edge.target) &&
        !at.ends.has(edge.target) &&
        !this.placed.has(edge.target)
      ) {
        behind.add(edge.target);
        onward.push(edge);
      }
    }
    const name = this.names.give(`${near}: side by side`);
    at.states.set(name, { Type: 'Parallel' });
    const ends = new Set([...behind, ...at.ends]);
    const inside = ids.map((id, index) => {
      const branch = scope(own[index] ?? new Set(), ends, at);
      const begin = own[index]?.size ? this.enter(id, branch) : null;
      const title = `${this.nameOf.get(id)}: straight on`;
      return { branch, begin: begin ?? this.extra(branch, title, { Type: 'Pass', End: true }) };
    });
    for (const { branch } of inside) {
      for (const ended of branch.ended) {
        const edge = this.graph.edges.find(({ id }) => id === ended);
        const decides = [...branch.allowed].some((id) => {
          const node = this.structure.nodesById.get(id);
          return node !== undefined && outletsOf(node) !== null;
        });
        if (edge && decides) {
          this.losses.add({
            edgeId: ended,
            message: `"${this.nameOf.get(edge.target)}" runs once the paths beside each other have ended, whichever way they took.`,
          });
        }
      }
    }
    const next = this.goTo(
      [...behind].filter((id) => !this.isEntry(id)),
      at,
      name,
      onward,
    );
    at.states.set(name, {
      Type: 'Parallel',
      Comment: inside.map(({ branch }) => comment('side by side', branch)).join('; '),
      Branches: inside.map(({ branch, begin }) => ({ StartAt: begin, States: Object.fromEntries(branch.states) })),
      Output: evaluate(
        '$merge([$states.input, {"nodes": $merge([$states.input.nodes, $merge($states.result.nodes)])}])',
      ),
      ...this.blockCatch({ failing: new Set(inside.flatMap(({ branch }) => [...branch.failing])) }, at),
      ...(next === null ? { End: true } : { Next: next }),
    });
    return name;
  }

  /** The steps reached only from this path; all others are where paths meet. */
  private belonging(id: string, starts: readonly string[], at: Scope): Set<string> {
    const free = (other: string): boolean =>
      at.allowed.has(other) && !at.ends.has(other) && !this.placed.has(other) && !this.isEntry(other);
    const own = new Set<string>([id]);
    for (const one of own)
      for (const { target } of this.structure.outgoing.get(one) ?? []) if (free(target)) own.add(target);
    for (const start of starts) if (start !== id) own.delete(start);
    const bodies = this.structure.loopBodies;
    for (let changed = true; changed; ) {
      changed = false;
      for (const one of own) {
        const sources = (this.structure.incoming.get(one) ?? []).map(({ source }) => source);
        const outside = sources.some(
          (source) =>
            !own.has(source) &&
            !this.placed.has(source) &&
            !bodies.get(one)?.has(source) &&
            this.structure.reachable.has(source),
        );
        if (outside) {
          own.delete(one);
          changed = true;
        }
      }
    }
    if (!own.has(id)) own.clear();
    return own;
  }

  private isEntry(id: string): boolean {
    const node = this.structure.nodesById.get(id);
    return node !== undefined && isEntry(node);
  }

  protected edges(node: GraphNode, branch: string | null): GraphEdge[] {
    return (this.structure.outgoing.get(node.id) ?? []).filter((edge) => (edge.branch ?? null) === branch);
  }

  protected extra(at: Scope, wanted: string, state: State): string {
    const name = this.names.give(wanted);
    at.states.set(name, state);
    return name;
  }

  protected ending(near: string, at: Scope): string {
    const known = [...at.states.keys()].find((name) => at.states.get(name)?.Comment === `end of ${near}`);
    return known ?? this.extra(at, `${near}: end`, { Type: 'Succeed', Comment: `end of ${near}` });
  }
}

export function scope(allowed: ReadonlySet<string>, ends: ReadonlySet<string>, parent: Scope | null): Scope {
  return { states: new Map(), allowed, ends, ended: new Set(), parent, failing: new Set() };
}

/** A comment listing the edges that end a path: irrelevant to the machine, helpful to its reader. */
export function comment(what: string, { ended }: Scope): string {
  return ended.size === 0 ? what : `${what}; leads on by ${[...ended].join(', ')}`;
}
