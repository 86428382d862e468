/**
 * Exports a Mermaid flowchart. Ids are generated (`n1`, `n2` …), because user-chosen ids may be keywords (`end`). Every
 * character that could have a meaning is written as its code, so that no text can end a label or start anything else.
 */
import { outletsOf } from '../catalog/branches.js';
import type { GraphNode, PortableWorkflow } from '../graph-schema.js';
import { isEntry } from '../lint/graph-structure.js';
import { drawableGraph, loseParameters } from './drawable-graph.js';
import type { LossList } from './export-loss.js';

/** Mermaid refuses longer texts unless configured otherwise. */
export const MAX_MERMAID_CHARS = 50_000;

/** Maximum label lengths, tried in turn until the text fits. */
const LABEL_LENGTHS = [120, 60, 30, 12, 4];

export function toMermaid({ title, graph: whole }: PortableWorkflow, losses: LossList): string {
  const graph = drawableGraph(whole, losses);
  if (graph.nodes.length > 0) {
    losses.add({ message: 'Mermaid arranges the steps itself, so their places on the canvas are not kept.' });
  }
  for (const node of graph.nodes) loseParameters(node, losses);
  const names = new Map(graph.nodes.map((node, index) => [node.id, `n${index + 1}`]));

  const write = (length: number): string => {
    const lines = ['---', `title: "${yamlEscaped(shortened(title, length))}"`, '---', 'flowchart LR'];
    for (const node of graph.nodes) lines.push(`  ${names.get(node.id)}${shapeOf(node, length)}`);
    for (const { source, target, branch } of graph.edges) {
      const label = branch ? `|"${escaped(shortened(branch, length))}"|` : '';
      lines.push(`  ${names.get(source)} -->${label} ${names.get(target)}`);
    }
    return `${lines.join('\n')}\n`;
  };

  const length = LABEL_LENGTHS.find((tried) => write(tried).length <= MAX_MERMAID_CHARS) ?? 1;
  const cut = `is cut after ${length} characters, because Mermaid draws no text of more than ${MAX_MERMAID_CHARS} characters.`;
  for (const { id, label, type } of graph.nodes) {
    if (Math.max(label.length, type.length) > length)
      losses.add({ nodeId: id, path: 'label', message: `The name of a step ${cut}` });
  }
  for (const { id, branch } of graph.edges) {
    if ((branch?.length ?? 0) > length) losses.add({ edgeId: id, message: `The name of a branch ${cut}` });
  }
  if (title.length > length) losses.add({ message: `The title ${cut}` });
  return write(length);
}

function shapeOf(node: GraphNode, length: number): string {
  const text = `"${escaped(shortened(node.label, length))}<br/>${escaped(shortened(node.type, length))}"`;
  if (isEntry(node)) return `([${text}])`;
  return outletsOf(node) ? `{${text}}` : `[${text}]`;
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}

/** Everything except letters and similar characters: what may have a meaning in Mermaid, Markdown (`1. `), HTML or YAML. */
const MEANINGFUL = /[^\p{L}\p{N}\p{M} .,…]|(?<!\p{L})\./gu;

/** The title precedes the diagram, in YAML. */
function yamlEscaped(text: string): string {
  const code = (char: string): string => (char.codePointAt(0) ?? 0).toString(16).padStart(8, '0');
  return text.toWellFormed().replaceAll(MEANINGFUL, (char) => `\\U${code(char)}`);
}

/** Letters, digits, spaces and harmless characters stay; others become `#…;`, which Mermaid renders as the character. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll(MEANINGFUL, (char) => `#${char.codePointAt(0)};`);
}
