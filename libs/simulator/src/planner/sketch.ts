/**
 * Drafts a graph for a prompt without a stored plan. Each clause becomes the node type that the catalogue search finds for
 * it, with example parameters, in the order of the text. Linear in the length of the prompt.
 */
import { exampleParameters, findNodeType, type NodeType, outletsOf, searchNodeTypes } from '#libs/graph';
import type { Plan, PlannedEdge, PlannedNode, Tail } from './plan.js';

/** Maximum clauses read; the remark names what a longer prompt says after them. */
const MAX_CLAUSES = 12;
const MAX_LABEL_CHARS = 60;
const separators = /[.,;:!?()\n\r→]+|\b(?:and|then|und|dann|et|puis)\b/iu;
const startWords = /\b(?:when|whenever|once|every|each|daily|hourly|weekly|monthly|new|wenn|jeden?|quand|chaque)\b/iu;
const leadingWords = /^(?:please|also|add|insert|include|append|a|an|another|the|step|that|which|to)(?:\s+|$)/iu;
/** Types that need more context than a clause gives. */
const unsketched = new Set(['logic.merge', 'logic.errorHandler', 'logic.respond', 'logic.stop']);

export const SKETCH_REMARK =
  'This is a rough sketch by a simulator: it matched the parts of your text to steps of the catalogue, one by one, and filled in example values. Check every step before you rely on it.';

/** The result of the search for a clause, and the clause in readable form. */
export interface SketchedStep {
  type: NodeType;
  label: string;
}

/** A plan for an empty canvas. Always a graph that can run, even if little was recognised. */
export function sketchWorkflow(prompt: string): Plan {
  const clauses = clausesOf(prompt);
  const [first = ''] = clauses;
  const startsAt = first.search(startWords);
  const start = startsAt === -1 ? undefined : bestType(first.slice(startsAt), isTrigger);
  // "Send a mail every Monday" names the trigger and the first step in one clause.
  const actions = start !== undefined && startsAt === 0 ? clauses.slice(1) : clauses;
  const sketch = new SketchedPath([]);
  sketch.add({ type: start ?? typeNamed('trigger.manual'), label: start ? labelOf(first) : 'Started by hand' });
  const unknown: string[] = [];
  for (const clause of actions.slice(0, MAX_CLAUSES)) {
    const step = stepFor(clause);
    if (step) sketch.add(step);
    else unknown.push(clause);
  }
  if (sketch.nodes.length === 1) sketch.add({ type: typeNamed('ai.generate'), label: labelOf(prompt) });
  const left = clauses.length > MAX_CLAUSES ? [`I sketched only the first ${MAX_CLAUSES} parts of your text.`] : [];
  return {
    kind: 'build',
    understood: `It becomes ${sketch.nodes.length} steps.`,
    nodes: sketch.nodes,
    edges: sketch.edges,
    changes: [],
    removals: [],
    disconnects: [],
    remarks: [SKETCH_REMARK, ...unknown.slice(0, 3).map(unknownRemark), ...left],
    queries: queriesOf(clauses),
  };
}

/** The parts of a text that may each be a step, in order. */
export function clausesOf(text: string): string[] {
  const parts = text.split(separators).map((part) => part.trim());
  return parts.filter((part) => /\p{L}{2}/u.test(part));
}

/** The step for a clause; `undefined` when the catalogue knows none of its words. */
export function stepFor(clause: string): SketchedStep | undefined {
  const type = bestType(
    withoutLeadingWords(clause),
    (candidate) => candidate.entry !== true && !unsketched.has(candidate.type),
  );
  return type && { type, label: labelOf(clause) };
}

export function unknownRemark(clause: string): string {
  return `I don’t have a step for “${labelOf(clause)}”.`;
}

/** The searches made before anything is drawn. */
export function queriesOf(clauses: readonly string[]): string[] {
  const queries = clauses.slice(0, 3).map((clause) => clause.slice(0, 100));
  return queries.length > 0 ? queries : ['AI write text'];
}

/** A row of nodes, each connected to the previous one; a decision continues through its first branch. */
export class SketchedPath {
  readonly nodes: PlannedNode[] = [];
  readonly edges: PlannedEdge[] = [];

  /** @param tails where the row begins @param taken ids that exist already */
  constructor(
    public tails: Tail[],
    private readonly taken = new Set<string>(),
  ) {}

  add({ type, label }: SketchedStep): void {
    const hint = type.type.slice(type.type.indexOf('.') + 1);
    let id = hint;
    for (let number = 2; this.taken.has(id); number += 1) id = `${hint}${number}`;
    this.taken.add(id);
    const node = { id, type: type.type, label, parameters: exampleParameters(type) };
    this.nodes.push(node);
    this.edges.push(...this.tails.map((tail) => ({ ...tail, target: id })));
    this.tails = [tailOf(node)];
  }
}

/** The open end after a node. */
export function tailOf(node: PlannedNode): Tail {
  const [outlet] = outletsOf(node) ?? [];
  return { source: node.id, ...(outlet && { branch: outlet.name }) };
}

export function labelOf(clause: string): string {
  const words = withoutLeadingWords(clause);
  const short = words.length > MAX_LABEL_CHARS ? `${words.slice(0, MAX_LABEL_CHARS - 1).toWellFormed()}…` : words;
  return short === '' ? 'A step' : short.charAt(0).toUpperCase() + short.slice(1);
}

/** Bounded, so that removing word after word stays cheap. */
function withoutLeadingWords(clause: string): string {
  let words = clause.slice(0, 500).replaceAll(/\s+/gu, ' ').trim();
  for (let next = words.replace(leadingWords, ''); next !== words; next = words.replace(leadingWords, '')) words = next;
  return words;
}

function bestType(clause: string, fits: (type: NodeType) => boolean): NodeType | undefined {
  return searchNodeTypes(clause, 50).find(fits);
}

function isTrigger(type: NodeType): boolean {
  return type.category === 'trigger';
}

function typeNamed(name: string): NodeType {
  const type = findNodeType(name);
  if (type === undefined) throw new Error(`The catalogue has no ${name}.`);
  return type;
}
