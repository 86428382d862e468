/**
 * Positions of nodes in this view where they differ from the server's: on a screen with room for fewer columns, when a
 * finished graph would read backwards or have gaps, or on request. Nodes already in the view stay in place while others are
 * added. Nothing is stored.
 */
import type { GraphState } from '#libs/client';
import {
  COLUMN_PITCH,
  COLUMNS,
  hasHoles,
  NODE_HEIGHT,
  NODE_WIDTH,
  placeNodes,
  ROW_PITCH,
  ROWS,
  readsBackwards,
  tidyLayout,
  type WorkflowGraph,
} from '#libs/graph';
import type { Placement } from './canvas-graph.js';

/** What the user asked for: nothing in particular, the stored layout, or a new layout of everything. */
export type WantedPlacement = { kind: 'any' | 'stored' } | { kind: 'tidy'; asked: number };

export interface PlacementOptions {
  /** Whether the graph is finished. */
  ended: boolean;
  /** How many columns fit. */
  columns: number;
  wanted: WantedPlacement;
}

export class ViewPlacement {
  /** `null`: as stored. */
  private places: Placement | null = null;
  private columns = COLUMNS;
  /** The last request for a tidy view that was carried out. */
  private granted = 0;

  /** The positions of this graph's nodes; `null` for the server's own. */
  of(state: GraphState, { ended, columns, wanted }: PlacementOptions): Placement | null {
    const graph = copyOf(state);
    if (columns !== this.columns) this.places = null;
    this.columns = columns;
    const isNarrow = columns < COLUMNS;
    if (wanted.kind === 'stored' && !isNarrow) {
      this.places = null;
      return null;
    }
    if (wanted.kind === 'tidy' && wanted.asked !== this.granted) {
      this.granted = wanted.asked;
      this.places = placesOf(tidyLayout(graph, columns));
      return this.places;
    }
    const shown = this.places ? joined(graph, this.places, columns) : graph;
    const isStale = (isNarrow && !this.places) || (ended && isHardToRead(shown, columns));
    if (isStale) this.places = placesOf(tidyLayout(graph, columns));
    else if (this.places) this.places = placesOf(shown);
    return this.places;
  }
}

/** A copy for the library, because the page's objects must not be modified. */
function copyOf({ nodes, edges }: GraphState): WorkflowGraph {
  return structuredClone({ nodes, edges }) as unknown as WorkflowGraph;
}

function placesOf(graph: WorkflowGraph): Placement {
  return new Map(graph.nodes.map((node) => [node.id, node.position]));
}

/** The graph with the view's positions; new nodes get positions of their own. */
function joined(graph: WorkflowGraph, places: Placement, columns: number): WorkflowGraph {
  const standing = graph.nodes.flatMap((node) => {
    const position = places.get(node.id);
    return position ? [{ ...node, position }] : [];
  });
  const fresh = graph.nodes
    .filter((node) => !places.has(node.id))
    .map((node) => ({ ...node, after: storedNeighbour(graph, node) }));
  const placed = placeNodes({ nodes: standing, edges: graph.edges }, fresh, columns);
  return { nodes: [...standing, ...placed], edges: graph.edges };
}

/** The node that the server placed this one after: the edge may arrive later than the node. */
function storedNeighbour(graph: WorkflowGraph, { position }: WorkflowGraph['nodes'][number]): string | null {
  const column = graph.nodes.filter((other) => other.position.x === position.x - COLUMN_PITCH);
  const distance = (node: WorkflowGraph['nodes'][number]) => Math.abs(node.position.y - position.y);
  return column.toSorted((one, other) => distance(one) - distance(other))[0]?.id ?? null;
}

function isHardToRead(graph: WorkflowGraph, columns: number): boolean {
  if (readsBackwards(graph) || hasHoles(graph)) return true;
  const xs = graph.nodes.map(({ position }) => position.x);
  const ys = graph.nodes.map(({ position }) => position.y);
  const width = Math.max(...xs) - Math.min(...xs) + NODE_WIDTH;
  const height = Math.max(...ys) - Math.min(...ys) + NODE_HEIGHT;
  const fitsField = graph.nodes.length <= columns * ROWS;
  return fitsField && (width > columns * COLUMN_PITCH || height > ROWS * ROW_PITCH);
}
