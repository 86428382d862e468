/**
 * Where nodes stand in this view, when not where the server put them: on a screen with room for fewer columns, where what
 * ended would read backwards or with holes, or because somebody asked for it. Owns that a node that stands in the view
 * stays there while others come. Nothing of it is stored.
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

/** What somebody wants to see: nothing in particular, what is stored, or everything laid out anew. */
export type WantedPlacement = { kind: 'any' | 'stored' } | { kind: 'tidy'; asked: number };

export interface PlacementOptions {
  /** Whether no more nodes are about to come. */
  ended: boolean;
  /** How many columns there is room for. */
  columns: number;
  wanted: WantedPlacement;
}

type Places = ReadonlyMap<string, { readonly x: number; readonly y: number }>;

export class ViewPlacement {
  /** `null`: as stored. */
  private places: Places | null = null;
  private columns = COLUMNS;
  /** Which wish for a tidy view has been granted. */
  private granted = 0;

  /** Where the nodes of this graph stand; `null` where the server put them. */
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

/** The same graph to the library: what the page holds is never modified, so neither may it be there. */
function copyOf({ nodes, edges }: GraphState): WorkflowGraph {
  return structuredClone({ nodes, edges }) as unknown as WorkflowGraph;
}

function placesOf(graph: WorkflowGraph): Places {
  return new Map(graph.nodes.map((node) => [node.id, node.position]));
}

/** The graph in the view's places; what is new in it finds one of its own. */
function joined(graph: WorkflowGraph, places: Places, columns: number): WorkflowGraph {
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

/** The node behind which the server put this one: its edge may come later than itself. */
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
