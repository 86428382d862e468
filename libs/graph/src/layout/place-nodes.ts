/**
 * Places nodes while a graph is being built: one column after their parents, in the next free row, so that later nodes are
 * below. After the last column a path continues at the left, below everything, like text. Nodes already placed never move;
 * a new layout of everything is in tidy-layout.
 */
import { findNodeType } from '../catalog/catalog.js';
import type { GraphNode, Position, WorkflowGraph } from '../graph-schema.js';
import { adjacency } from '../lint/graph-structure.js';
import { COLUMN_PITCH, COLUMNS, overlaps, ROW_PITCH, ROWS } from './geometry.js';
import { isForward } from './reading-direction.js';

/** A node without a position. */
export interface UnplacedNode extends Omit<GraphNode, 'position'> {
  /** Id of the node that it will follow, for when its edge does not exist yet. */
  readonly after?: string | null;
}

/** Space kept free around a node. */
const MARGIN = 16;

/**
 * Positions for new nodes, in the order given; existing nodes stay where they are and nothing overlaps. Parents are the
 * sources of existing edges, else `after`. Without either, a node goes to the right of the last added node, or, if it
 * starts a path of its own (trigger, error handler), to the left, below everything. While `columns` by `ROWS` has room, no
 * node is placed outside it.
 */
export function placeNodes(graph: WorkflowGraph, newNodes: readonly UnplacedNode[], columns = COLUMNS): GraphNode[] {
  const placed = new Map<string, Position>(graph.nodes.map((node) => [node.id, node.position]));
  const sources = adjacency(
    graph.edges.filter(({ source, target }) => source !== target),
    true,
  );
  const field = new Field(
    graph.nodes.map((node) => node.position),
    columns,
  );
  let last: Position | undefined = graph.nodes.at(-1)?.position;

  return newNodes.map(({ after, ...node }) => {
    const parentIds = sources.get(node.id) ?? (after ? [after] : []);
    const parents = parentIds.map((id) => placed.get(id)).filter((position) => position !== undefined);
    const startsPath = parents.length === 0 && findNodeType(node.type)?.entry !== undefined;
    const position = field.take(startsPath ? field.nextLine() : behind(parents, last, field));
    placed.set(node.id, position);
    last = position;
    return { ...node, position };
  });
}

/**
 * To the right of the deepest parent from which all edges lead forward, vertically between the parents; otherwise at the
 * start of a new line.
 */
function behind(parents: readonly Position[], last: Position | undefined, field: Field): Position {
  const next = last && { x: last.x + COLUMN_PITCH, y: last.y };
  if (parents.length === 0) return next && field.hasColumnOf(next) ? next : field.nextLine();
  const middle = parents.reduce((sum, parent) => sum + parent.y, 0) / parents.length;
  const candidates = parents
    .toSorted((one, other) => other.x - one.x)
    .map((parent) => ({ x: parent.x + COLUMN_PITCH, y: parents.length > 1 ? snap(middle, parent.y) : parent.y }));
  const leadsOn = (candidate: Position) => parents.every((parent) => isForward(parent, candidate));
  return candidates.find((candidate) => field.hasColumnOf(candidate) && leadsOn(candidate)) ?? field.nextLine();
}

/** Aligns rows with those of a parent. */
function snap(y: number, origin: number): number {
  return origin + Math.round((y - origin) / ROW_PITCH) * ROW_PITCH;
}

/** Tracks occupied places, including those of nodes with repeated ids. */
class Field {
  private readonly left: number;
  private readonly top: number;
  private bottom: number;

  constructor(
    private readonly taken: Position[],
    private readonly columns: number,
  ) {
    this.left = taken.length === 0 ? 0 : Math.min(...taken.map(({ x }) => x));
    this.top = taken.length === 0 ? 0 : Math.min(...taken.map(({ y }) => y));
    this.bottom = taken.length === 0 ? -ROW_PITCH : Math.max(...taken.map(({ y }) => y));
  }

  /** At the left, below everything. */
  nextLine(): Position {
    return { x: this.left, y: this.bottom + ROW_PITCH };
  }

  hasColumnOf({ x }: Position): boolean {
    return x < this.left + this.columns * COLUMN_PITCH;
  }

  /** Takes the free place nearest to the wanted one: below it, else anywhere in the field, else below everything. */
  take(wanted: Position): Position {
    const position = this.belowOf(wanted) ?? this.nearestTo(wanted) ?? this.nextLine();
    this.taken.push(position);
    this.bottom = Math.max(this.bottom, position.y);
    return position;
  }

  private belowOf({ x, y }: Position): Position | null {
    for (let at = y; at < this.top + ROWS * ROW_PITCH; at += ROW_PITCH) {
      if (this.isFree({ x, y: at })) return { x, y: at };
    }
    return null;
  }

  private nearestTo(wanted: Position): Position | null {
    const distance = ({ x, y }: Position) => Math.abs(x - wanted.x) / COLUMN_PITCH + Math.abs(y - wanted.y) / ROW_PITCH;
    let nearest: Position | null = null;
    for (let row = 0; row < ROWS; row += 1) {
      for (let column = 0; column < this.columns; column += 1) {
        const place = { x: this.left + column * COLUMN_PITCH, y: this.top + row * ROW_PITCH };
        if ((!nearest || distance(place) < distance(nearest)) && this.isFree(place)) nearest = place;
      }
    }
    return nearest;
  }

  private isFree(place: Position): boolean {
    return !this.taken.some((other) => overlaps(place, other, MARGIN));
  }
}
