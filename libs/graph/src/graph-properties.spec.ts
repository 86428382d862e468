import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGraph, cleanGraph, edge, id, parameters, type } from '../../../test/support/any-graph.js';
import { connectNodes, disconnectNodes } from './edit/edit-edges.js';
import { addNodes, removeNodes, updateNode } from './edit/edit-nodes.js';
import { applyPatch, diffGraphs, isEmptyPatch } from './edit/graph-patch.js';
import { Template } from './expressions/parse-template.js';
import { emptyGraph, type WorkflowGraph, workflowGraphSchema } from './graph-schema.js';
import { overlaps } from './layout/geometry.js';
import { tidyLayout } from './layout/tidy-layout.js';
import { lintGraph } from './lint/lint-graph.js';

type Edit = (graph: WorkflowGraph) => ReturnType<typeof addNodes>;
const newNode = fc.record({ id, type, parameters, after: fc.option(id) }, { requiredKeys: ['id', 'type'] });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.array(newNode, { maxLength: 4 }).map(
    (nodes): Edit =>
      (graph) =>
        addNodes(graph, nodes),
  ),
  fc.array(edge, { maxLength: 4 }).map(
    (edges): Edit =>
      (graph) =>
        connectNodes(graph, edges),
  ),
  fc.array(edge, { maxLength: 2 }).map(
    (edges): Edit =>
      (graph) =>
        disconnectNodes(graph, edges),
  ),
  fc.array(id, { maxLength: 2 }).map(
    (gone): Edit =>
      (graph) =>
        removeNodes(graph, gone),
  ),
  fc.record({ id, parameters }).map(
    (change): Edit =>
      (graph) =>
        updateNode(graph, change),
  ),
);

const sorted = (graph: WorkflowGraph): WorkflowGraph => ({
  nodes: graph.nodes.toSorted((left, right) => (left.id < right.id ? -1 : 1)),
  edges: graph.edges
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map((item) => ({ ...item, branch: item.branch ?? null })),
});

function overlapping(graph: WorkflowGraph): [string, string][] {
  return graph.nodes.flatMap((left, index) =>
    graph.nodes
      .slice(index + 1)
      .flatMap((right): [string, string][] => (overlaps(left.position, right.position) ? [[left.id, right.id]] : [])),
  );
}

describe('any graph at all', () => {
  it('is linted without an exception, and to the same findings every time', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const before = structuredClone(graph);
        const issues = lintGraph(graph);
        expect(lintGraph(structuredClone(graph))).toEqual(issues);
        expect(graph).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('is tidied to the same places every time, and no two nodes overlap', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const tidy = tidyLayout(graph);
        expect(overlapping(tidy)).toEqual([]);
        expect(tidyLayout(graph)).toEqual(tidy);
        expect(workflowGraphSchema.safeParse(tidy).success).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('any two graphs', () => {
  it('are turned into one another by their difference, applied once or twice', () => {
    fc.assert(
      fc.property(cleanGraph, cleanGraph, (before, after) => {
        const diff = diffGraphs(before, after);
        const once = applyPatch(before, diff);
        expect(sorted(once)).toEqual(sorted(after));
        expect(applyPatch(once, diff)).toEqual(once);
        expect(isEmptyPatch(diffGraphs(after, after))).toBe(true);
        expect(diff.summary.length === 0).toBe(isEmptyPatch(diff));
      }),
      { numRuns: 300 },
    );
  });
});

describe('any sequence of edits', () => {
  it('never moves a placed node, never overlaps, and its patches rebuild the graph exactly', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        let graph = emptyGraph();
        let followed = emptyGraph();
        for (const apply of edits) {
          const result = apply(graph);
          const places = new Map(graph.nodes.map((item) => [item.id, item.position]));
          for (const item of result.graph.nodes) {
            expect(item.position).toEqual(places.get(item.id) ?? item.position);
          }
          expect(overlapping(result.graph)).toEqual([]);
          followed = applyPatch(followed, result.patch);
          expect(followed).toEqual(result.graph);
          expect(applyPatch(graph, diffGraphs(graph, result.graph))).toEqual(result.graph);
          expect(workflowGraphSchema.safeParse(result.graph).success).toBe(true);
          graph = result.graph;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('places new nodes free of those that a person dragged anywhere', () => {
    fc.assert(
      fc.property(cleanGraph, fc.array(newNode, { minLength: 1, maxLength: 8 }), (graph, nodes) => {
        const apart = graph.nodes.filter(
          (left, index) => !graph.nodes.slice(0, index).some((right) => overlaps(left.position, right.position)),
        );
        const start = { ...graph, nodes: apart };
        const { graph: next } = addNodes(start, nodes);
        expect(next.nodes.slice(0, apart.length)).toEqual(apart);
        expect(overlapping(next)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('any text', () => {
  it('is searched for expressions without an exception', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '"',
      "'",
      '\\',
      'trigger.x',
      ' ',
      '(',
      ')',
      '[',
      ']',
      '?',
      ':',
      '+',
      'nodes',
      '=',
      '💥',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
        (value) => {
          let from = 0;
          for (const found of new Template(value).expressions) {
            expect(found.start).toBeGreaterThanOrEqual(from);
            expect(value.slice(found.start, found.start + 2)).toBe('{{');
            from = found.end;
          }
          expect(from).toBeLessThanOrEqual(value.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
