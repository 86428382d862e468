/**
 * Reads a follow-up prompt as a change to the existing graph: rename, replace, remove or add a step. Any other prompt
 * changes nothing, and the answer says what is possible. Linear in the length of the prompt.
 */

import type { JsonValue } from '#libs/contracts';
import { ownValue } from '#libs/contracts';
import { exampleParameters, findNodeType, searchNodeTypes } from '#libs/graph';
import type { GraphView, NodeChange, Plan, PlannedEdge, PlannedNode, Tail } from './plan.js';
import { clausesOf, queriesOf, SKETCH_REMARK, SketchedPath, stepFor, tailOf, unknownRemark } from './sketch.js';

const addWords = /^\W*(?:please\s+)?(?:also|and|then|add|insert|include|append|put)\b/iu;
const places = /\s+(before|after)\s+/iu;

/** A plan that edits the graph; of kind `nothing` when the prompt asks for none of the four changes. */
export function planEdit(prompt: string, graph: GraphView): Plan {
  const text = prompt.trim();
  return rename(text, graph) ?? replace(text, graph) ?? remove(text, graph) ?? add(text, graph) ?? nothing();
}

function rename(text: string, graph: GraphView): Plan | undefined {
  const [what, name] = pairAfter(text, /\brename\b/iu, /\s+(?:to|as)\s+/iu);
  const node = what && findNode(what, graph);
  if (!node || !name) return undefined;
  const label = name
    .replaceAll(/["“”.]/gu, '')
    .trim()
    .slice(0, 100)
    .toWellFormed();
  return plan({ changes: [{ id: node.id, label }], understood: `“${node.label}” is now called “${label}”.` }, text);
}

function replace(text: string, graph: GraphView): Plan | undefined {
  const [what, instead] = pairAfter(text, /\breplace\b/iu, /\s+(?:with|by)\s+/iu);
  const node = what && findNode(what, graph);
  const step = instead && stepFor(instead);
  if (!node || !step || isEntry(node)) return undefined;
  const path = new SketchedPath(tailsInto(node, graph), idsOf(graph));
  path.add(step);
  const edges = [...path.edges, ...targetsBehind(node, graph).flatMap((target) => join(path.tails, target))];
  const understood = `“${path.nodes[0]?.label}” takes the place of “${node.label}”.`;
  return plan({ ...without(node, graph, path.nodes, edges), nodes: path.nodes, understood }, text);
}

function remove(text: string, graph: GraphView): Plan | undefined {
  const [what] = pairAfter(text, /\b(?:remove|delete|drop)\b/iu, /[.!?\n]/u);
  const node = what && findNode(what, graph);
  if (!node || isEntry(node)) return undefined;
  const tails = tailsInto(node, graph);
  const edges = targetsBehind(node, graph).flatMap((target) => join(tails, target));
  return plan(
    { ...without(node, graph, [], edges), understood: `“${node.label}” is gone; its neighbours are connected.` },
    text,
  );
}

/** "Add …", "add … before the email", "add … after the approval"; without a place the steps go to the end. */
function add(text: string, graph: GraphView): Plan | undefined {
  if (!addWords.test(text)) return undefined;
  const [wanted = '', side = '', where = ''] = text.split(places);
  const named = findNode(where, graph);
  const clauses = clausesOf(wanted).slice(0, 6);
  const steps = clauses.flatMap((clause) => stepFor(clause) ?? []);
  if (steps.length === 0 || (where !== '' && named === undefined)) return undefined;
  // Nothing can follow a stop, so the steps go before it.
  const stop = where === '' && endsOf(undefined, graph).length === 0 ? graph.nodes.find(isTerminal) : undefined;
  const neighbour = stop ?? named;
  const before = neighbour !== undefined && !isEntry(neighbour) && (isTerminal(neighbour) || /before/iu.test(side));
  const cut = edgesToCut(neighbour, before, graph);
  const path = new SketchedPath(before ? cut.map(toTail) : endsOf(neighbour, graph), idsOf(graph));
  for (const step of steps) path.add(step);
  const targets = before ? [neighbour.id] : [...new Set(cut.map((edge) => edge.target))];
  const added = path.nodes.map((node) => `“${node.label}”`).join(', ');
  return plan(
    {
      nodes: path.nodes,
      edges: [...path.edges, ...targets.flatMap((target) => join(path.tails, target))],
      disconnects: cut,
      understood: `I added ${added}.`,
      remarks: [SKETCH_REMARK, ...clauses.filter((clause) => stepFor(clause) === undefined).map(unknownRemark)],
    },
    wanted,
  );
}

function plan(fields: Partial<Plan> & { understood: string }, prompt: string): Plan {
  const empty = { nodes: [], edges: [], changes: [], removals: [], disconnects: [], remarks: [] };
  return { kind: 'edit', ...empty, queries: queriesOf(clausesOf(prompt)), ...fields };
}

function nothing(): Plan {
  return { ...plan({ understood: 'I did not understand what to change.' }, ''), kind: 'nothing' };
}

/** The text between the first verb and the next separator, and the text after that. */
function pairAfter(text: string, verb: RegExp, separator: RegExp): [string | undefined, string | undefined] {
  const found = verb.exec(text);
  if (!found) return [undefined, undefined];
  const rest = text.slice(found.index + found[0].length);
  const split = separator.exec(rest);
  return split ? [rest.slice(0, split.index), rest.slice(split.index + split[0].length)] : [rest, undefined];
}

/** The node that the words refer to: by its label or id, or by its kind of step. */
function findNode(words: string, graph: GraphView): PlannedNode | undefined {
  const wanted = new Set(
    words
      .slice(0, 500)
      .toLowerCase()
      .match(/[\p{L}\p{N}#@-]{3,}/gu),
  );
  const types = searchNodeTypes(words, 10).map(({ type }) => type);
  let best: { node: PlannedNode; score: number } | undefined;
  for (const node of graph.nodes) {
    const rank = types.indexOf(node.type);
    const named = `${node.label} ${node.id}`.toLowerCase().split(/[^\p{L}\p{N}#@-]+/u);
    const score = (rank === -1 ? 0 : 10 - rank) + 3 * named.filter((word) => wanted.has(word)).length;
    if (score > (best?.score ?? 0)) best = { node, score };
  }
  return best?.node;
}

/** Removes a node: nodes reached only from it are removed too, and expressions that read from it get an example value. */
function without(node: PlannedNode, graph: GraphView, added: readonly PlannedNode[], addedEdges: PlannedEdge[]) {
  const left = graph.nodes.filter(({ id }) => id !== node.id);
  const edges = [...graph.edges.filter((edge) => edge.source !== node.id && edge.target !== node.id), ...addedEdges];
  const before = reached(graph.nodes, graph.edges);
  const after = reached([...left, ...added], edges);
  const cutOff = left.filter(({ id }) => before.has(id) && !after.has(id)).map(({ id }) => id);
  const removals = [node.id, ...cutOff];
  return {
    edges: addedEdges,
    removals,
    changes: left.filter(({ id }) => !removals.includes(id)).flatMap((other) => withoutReferences(other, node.id)),
  };
}

function withoutReferences(node: PlannedNode, removedId: string): NodeChange[] {
  const refers = (value: JsonValue) => JSON.stringify(value).includes(`nodes.${removedId}`);
  const names = Object.keys(node.parameters).filter((name) => refers(ownValue(node.parameters, name) ?? null));
  if (names.length === 0) return [];
  const type = findNodeType(node.type);
  const examples = new Map(Object.entries(type ? exampleParameters(type) : {}));
  const parameters = names.flatMap((name) => (examples.has(name) ? [[name, examples.get(name)] as const] : []));
  return [
    {
      id: node.id,
      parameters: Object.fromEntries(parameters) as NodeChange['parameters'] & object,
      removeParameters: names.filter((name) => !examples.has(name)),
    },
  ];
}

function reached(nodes: readonly PlannedNode[], edges: readonly PlannedEdge[]): Set<string> {
  const found = new Set(nodes.filter(isEntry).map(({ id }) => id));
  for (const id of found) for (const edge of edges) if (edge.source === id) found.add(edge.target);
  return found;
}

function edgesToCut(neighbour: PlannedNode | undefined, before: boolean, graph: GraphView): PlannedEdge[] {
  if (neighbour === undefined) return [];
  if (before) return graph.edges.filter((edge) => edge.target === neighbour.id);
  const { branch } = tailOf(neighbour);
  return graph.edges.filter((edge) => edge.source === neighbour.id && edge.branch === branch);
}

/** Where steps are added: after the named node, or after every path that ends. */
function endsOf(neighbour: PlannedNode | undefined, graph: GraphView): Tail[] {
  if (neighbour) return [tailOf(neighbour)];
  const ends = graph.nodes.filter((node) => !isTerminal(node) && !graph.edges.some((edge) => edge.source === node.id));
  return ends.map(tailOf);
}

function tailsInto(node: PlannedNode, graph: GraphView): Tail[] {
  return graph.edges.filter((edge) => edge.target === node.id && edge.source !== node.id).map(toTail);
}

/** The successors of a node; for a decision, those of its first branch. */
function targetsBehind(node: PlannedNode, graph: GraphView): string[] {
  const { branch } = tailOf(node);
  const leaving = graph.edges.filter((edge) => edge.source === node.id && edge.target !== node.id);
  const chosen = leaving.filter((edge) => edge.branch === branch);
  return [...new Set((chosen.length > 0 ? chosen : leaving).map((edge) => edge.target))];
}

function join(tails: readonly Tail[], target: string): PlannedEdge[] {
  return tails.filter((tail) => tail.source !== target).map((tail) => ({ ...tail, target }));
}

function toTail({ source, branch }: PlannedEdge): Tail {
  return branch === undefined ? { source } : { source, branch };
}

function idsOf(graph: GraphView): Set<string> {
  return new Set(graph.nodes.map(({ id }) => id));
}

function isTerminal(node: PlannedNode): boolean {
  return findNodeType(node.type)?.terminal === true;
}

function isEntry(node: PlannedNode): boolean {
  return findNodeType(node.type)?.entry === true;
}
