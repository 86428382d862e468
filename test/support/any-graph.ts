/** Graphs for property tests. */
import fc from 'fast-check';
import type { JsonValue } from '#libs/contracts';
import {
  branchesOf,
  edgeIdOf,
  exampleParameters,
  findNodeType,
  type GraphNode,
  nodeCatalog,
  type WorkflowGraph,
} from '#libs/graph';

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'send-mail', 'all'];
export const id = fc.constantFrom(...ids);
export const type = fc.oneof(
  fc.constantFrom(...nodeCatalog.map((entry) => entry.type)),
  fc.constantFrom('logic.unknown', 'trigger.unknown'),
);
const branch = fc.constantFrom(null, undefined, 'true', 'false', 'each', 'done', 'default', 'approved', 'nonsense');
export const text = fc.oneof(
  fc.constantFrom(
    '{{ item.x }}',
    '{{ nodes.a.b }}',
    '{{',
    '}}',
    '{{ nodes["send-mail"] }}',
    'TODO',
    'trigger.x > 1',
    'webhook',
    '5m',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replaceAll('\0', '')),
);
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const parameterName = fc.constantFrom(
  ...new Set(nodeCatalog.flatMap((entry) => entry.parameters.map((spec) => spec.name))),
  'unknown',
);
export const parameters = fc.dictionary(parameterName, json, { maxKeys: 5 });
const position = fc.record({ x: fc.integer({ min: -2000, max: 2000 }), y: fc.integer({ min: -2000, max: 2000 }) });
const node: fc.Arbitrary<GraphNode> = fc.record({
  id,
  type,
  label: fc.constantFrom('A', 'B', 'Say [Name]'),
  parameters,
  position,
});
export const edge = fc.record({ source: id, target: id, branch });

/** Anything the schema allows: repeated ids, dangling edges, cycles, nonsense in parameters. */
export const anyGraph: fc.Arbitrary<WorkflowGraph> = fc.record({
  nodes: fc.array(node, { maxLength: 14 }),
  edges: fc.array(
    edge.map((item) => ({ ...item, id: edgeIdOf(item.source, item.branch, item.target) })),
    { maxLength: 25 },
  ),
});

/** Like `anyGraph`, with unique ids. */
export const cleanGraph: fc.Arbitrary<WorkflowGraph> = anyGraph.map((graph) => ({
  nodes: [...new Map(graph.nodes.map((item) => [item.id, item])).values()],
  edges: [...new Map(graph.edges.map((item) => [item.id, item])).values()],
}));

const stepTypes = nodeCatalog.filter(({ entry }) => !entry);

/**
 * One trigger, and steps that each follow one or more earlier ones through an existing branch; with loops, joins and
 * decisions.
 */
export const connectedGraph: fc.Arbitrary<WorkflowGraph> = fc
  .array(fc.record({ type: fc.nat(), sources: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), branch: fc.nat() }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((steps) => {
    const nodes: GraphNode[] = [
      { id: 's0', type: 'trigger.webhook', label: 'Start', parameters: {}, position: { x: 0, y: 0 } },
    ];
    const edges = new Map<string, WorkflowGraph['edges'][number]>();
    for (const [at, step] of steps.entries()) {
      const nodeType = stepTypes[step.type % stepTypes.length];
      if (!nodeType) continue;
      const name = `s${at + 1}`;
      const earlier = nodes.filter(({ type: known }) => !findNodeType(known)?.terminal);
      for (const pick of step.sources) {
        const source = earlier[pick % earlier.length];
        if (!source) continue;
        const branches = branchesOf(source);
        const leaving = branches?.[step.branch % branches.length] ?? null;
        const edgeId = edgeIdOf(source.id, leaving, name);
        edges.set(edgeId, { id: edgeId, source: source.id, target: name, branch: leaving });
      }
      nodes.push({
        id: name,
        type: nodeType.type,
        label: nodeType.title,
        parameters: exampleParameters(nodeType),
        position: { x: at * 312, y: 0 },
      });
    }
    return { nodes, edges: [...edges.values()] };
  });
