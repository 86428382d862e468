/**
 * A static picture of the graph as on the canvas, without scripts or external resources, light or dark as the reader
 * prefers.
 */
import { findNodeType } from '../catalog/catalog.js';
import type { GraphNode, PortableWorkflow, Position, WorkflowGraph } from '../graph-schema.js';
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/geometry.js';
import { tidyLayout } from '../layout/tidy-layout.js';
import { drawableGraph, loseParameters } from './drawable-graph.js';
import type { LossList } from './export-loss.js';

/** Pixels. A graph that spans more is laid out again, because a picture of that size would be unreadable. */
export const MAX_SVG_SPAN = 20_000;

const MARGIN = 40;
const HEADING = 48;
const CHARACTERS_A_LINE = 26;

// One marker, and two shades of everything; `currentColor` would take the colour of a surrounding page instead of the
// reader's theme.
const STYLE = [
  '.paper{fill:#ffffff}.step{fill:#f8fafc;stroke:#94a3b8}.trigger{fill:#ecfdf5;stroke:#059669}.logic{fill:#fffbeb;stroke:#d97706}',
  '.edge{fill:none;stroke:#64748b;stroke-width:1.5}.head{fill:#64748b}text{fill:#0f172a;font:500 14px system-ui,sans-serif}',
  '.small{fill:#475569;font-size:11px;font-weight:400}.branch{fill:#334155;font-size:12px;paint-order:stroke;stroke:#ffffff;stroke-width:4px}',
  '.title{font-size:18px;font-weight:600}',
  '@media (prefers-color-scheme:dark){.paper{fill:#0b1120}.step{fill:#1e293b;stroke:#64748b}.trigger{fill:#064e3b;stroke:#34d399}',
  '.logic{fill:#451a03;stroke:#fbbf24}.edge{stroke:#94a3b8}.head{fill:#94a3b8}text{fill:#f1f5f9}.small{fill:#cbd5e1}',
  '.branch{fill:#e2e8f0;stroke:#0b1120}}',
].join('');

export function toSvg({ title, graph: whole }: PortableWorkflow, losses: LossList): string {
  const graph = withinReach(drawableGraph(whole, losses), losses);
  for (const node of graph.nodes) loseParameters(node, losses);
  const places = new Map(graph.nodes.map((node) => [node.id, node.position]));
  const xs = graph.nodes.map(({ position }) => position.x);
  const ys = graph.nodes.map(({ position }) => position.y);
  const left = Math.min(...xs, Infinity);
  const top = Math.min(...ys, Infinity);
  const origin = graph.nodes.length > 0 ? { x: left - MARGIN, y: top - MARGIN - HEADING } : { x: 0, y: 0 };
  const width = graph.nodes.length > 0 ? Math.max(...xs) - left + NODE_WIDTH + 2 * MARGIN : NODE_WIDTH + 2 * MARGIN;
  const height = (graph.nodes.length > 0 ? Math.max(...ys) - top + NODE_HEIGHT + MARGIN : 0) + MARGIN + HEADING;

  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="${[origin.x, origin.y, width, height].map(rounded).join(' ')}" width="${rounded(width)}" height="${rounded(height)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect class="paper" x="${rounded(origin.x)}" y="${rounded(origin.y)}" width="${rounded(width)}" height="${rounded(height)}"/>`,
    `<text class="title" x="${rounded(origin.x + MARGIN)}" y="${rounded(origin.y + MARGIN)}">${escaped(shortened(title, Math.floor(width / 10)))}</text>`,
    ...graph.edges.map(({ source, target, branch }) => drawEdge(places.get(source), places.get(target), branch)),
    ...graph.nodes.map(drawNode),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function withinReach(graph: WorkflowGraph, losses: LossList): WorkflowGraph {
  const span = (axis: 'x' | 'y'): number => {
    const all = graph.nodes.map(({ position }) => position[axis]);
    return Math.max(...all) - Math.min(...all);
  };
  if (graph.nodes.length === 0 || Math.max(span('x'), span('y')) <= MAX_SVG_SPAN) return graph;
  losses.add({ message: 'The steps lie too far apart for a picture, so they are arranged anew.' });
  return tidyLayout(graph);
}

function drawNode(node: GraphNode): string {
  const { x, y } = node.position;
  const nodeType = findNodeType(node.type);
  const [first, second] = linesOf(node.label);
  const line = (text: string, at: number, shade = ''): string =>
    `<text${shade} x="${rounded(x + 14)}" y="${rounded(y + at)}">${escaped(text)}</text>`;
  return [
    `<g><title>${escaped(`${node.label} (${node.type})`)}</title>`,
    `<rect class="${nodeType?.category === 'action' || !nodeType ? 'step' : nodeType.category}" x="${rounded(x)}" y="${rounded(y)}" width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="10"/>`,
    line(first, second ? 26 : 34),
    second ? line(second, 45) : '',
    line(shortened(nodeType?.title ?? node.type, 34), second ? 66 : 58, ' class="small"'),
    '</g>',
  ].join('');
}

function drawEdge(from: Position | undefined, to: Position | undefined, branch: string | null | undefined): string {
  if (!from || !to) return '';
  const start = { x: from.x + NODE_WIDTH, y: from.y + NODE_HEIGHT / 2 };
  const end = { x: to.x, y: to.y + NODE_HEIGHT / 2 };
  const bend = Math.max(40, Math.abs(end.x - start.x) / 2);
  const path = `M${rounded(start.x)} ${rounded(start.y)}C${rounded(start.x + bend)} ${rounded(start.y)} ${rounded(end.x - bend)} ${rounded(end.y)} ${rounded(end.x)} ${rounded(end.y)}`;
  const label = branch
    ? `<text class="branch" text-anchor="middle" x="${rounded((start.x + end.x) / 2)}" y="${rounded((start.y + end.y) / 2 - 4)}"><title>${escaped(branch)}</title>${escaped(shortened(branch, 18))}</text>`
    : '';
  return `<path class="edge" marker-end="url(#arrow)" d="${path}"/>${label}`;
}

/** Two lines at most; the full text is in the title of the group. */
function linesOf(label: string): [string, string] {
  if (label.length <= CHARACTERS_A_LINE) return [label, ''];
  const blank = label.lastIndexOf(' ', CHARACTERS_A_LINE);
  const at = blank > CHARACTERS_A_LINE / 2 ? blank : CHARACTERS_A_LINE;
  return [label.slice(0, at).trim(), shortened(label.slice(at).trim(), CHARACTERS_A_LINE)];
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function rounded(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

/** Text of an element or attribute. Characters that XML cannot contain become replacement characters. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
