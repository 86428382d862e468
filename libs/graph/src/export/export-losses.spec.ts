import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { anyGraph, connectedGraph } from '../../../../test/support/any-graph.js';
import { exampleParameters, nodeCatalog } from '../catalog/catalog.js';
import type { NodeType, ParameterSpec } from '../catalog/node-type.js';
import type { GraphNode, WorkflowGraph } from '../graph-schema.js';
import { sameJson } from '../json.js';
import { EXPORT_FORMATS, type ExportFormat, exportGraph, type GraphExport } from './export-graph.js';

/** For each kind of parameter, two valid values with different meanings. */
const VALUES: Readonly<Record<ParameterSpec['type'], readonly JsonValue[]>> = {
  string: ['apples', 'pears/plums'],
  text: ['apples', 'pears and {{ trigger.body.plums }}'],
  number: [3, 4],
  boolean: [true, false],
  enum: [],
  expression: ['trigger.body.apples', 'length(trigger.body.pears) > 2'],
  json: [{ apples: 1 }, { pears: '{{ trigger.body.plums }}' }],
  list: [['apples'], ['pears']],
  duration: ['2h', '3d'],
  cron: ['0 8 * * 1', '5 9 * * 2'],
  url: ['https://acme.io/apples', 'https://acme.io/pears'],
  email: ['apples@acme.io', 'pears@acme.io'],
  credential: ['apples', 'pears'],
};

function exported(graph: WorkflowGraph, format: ExportFormat): GraphExport {
  return exportGraph({ title: 'A', graph }, format);
}

function graphWith(nodeType: NodeType, parameters: Record<string, JsonValue>): WorkflowGraph {
  const position = { x: 0, y: 0 };
  const start: GraphNode = { id: 'start', type: 'trigger.webhook', label: 'Start', parameters: {}, position };
  const node: GraphNode = { id: 'it', type: nodeType.type, label: 'It', parameters, position: { x: 312, y: 0 } };
  const last: GraphNode = {
    id: 'last',
    type: 'action.slack',
    label: 'Tell',
    parameters: { channel: '#a', text: 'b' },
    position,
  };
  if (nodeType.entry) {
    const edges = [{ id: 'e2', source: 'it', target: 'last', branch: null }];
    return { nodes: nodeType.type === 'logic.errorHandler' ? [start, node, last] : [node, last], edges };
  }
  return { nodes: [start, node], edges: [{ id: 'e1', source: 'start', target: 'it', branch: null }] };
}

/** The steps and connections that are missing from the text, which would be the same without them, and from the losses. */
function silentlyLost(graph: WorkflowGraph, format: ExportFormat): string[] {
  const { content, losses } = exported(graph, format);
  const same = (changed: Partial<WorkflowGraph>): boolean =>
    exported({ ...graph, ...changed }, format).content === content;
  const lost = new Set(losses.flatMap(({ nodeId, path }) => (nodeId !== undefined && !path ? [nodeId] : [])));
  const lostEdges = new Set(losses.map(({ edgeId }) => edgeId));
  const edges = graph.edges.filter(
    (edge) =>
      !lostEdges.has(edge.id) &&
      !lost.has(edge.target) &&
      same({ edges: graph.edges.filter((other) => other !== edge) }),
  );
  const nodes = graph.nodes.filter(
    (node) => !lost.has(node.id) && same({ nodes: graph.nodes.filter((other) => other !== node) }),
  );
  return [...edges.map(({ id }) => `connection ${id}`), ...nodes.map(({ id }) => `step ${id}`)];
}

const parameters = nodeCatalog.flatMap((nodeType) => nodeType.parameters.map((spec) => ({ nodeType, spec })));

describe.each(EXPORT_FORMATS)('an export as %s', (format) => {
  it('shows each setting of each step in its text, or lists it as lost', () => {
    const silent: string[] = [];
    for (const { nodeType, spec } of parameters) {
      const deciders = nodeType.parameters.filter(({ type, name }) => type === 'enum' && name !== spec.name);
      const base = exampleParameters(nodeType);
      const settings: Record<string, JsonValue>[] = [
        base,
        ...deciders.flatMap(({ name, values }) => (values ?? []).map((value) => ({ ...base, [name]: value }))),
      ];
      const values = spec.type === 'enum' ? (spec.values ?? []) : VALUES[spec.type];
      for (const setting of settings) {
        const seen = new Map<string, JsonValue>();
        for (const value of values) {
          const { content, losses } = exported(graphWith(nodeType, { ...setting, [spec.name]: value }), format);
          const listed = losses.some(
            ({ nodeId, path }) =>
              nodeId === 'it' &&
              (path === undefined || path === 'parameters' || path.startsWith(`parameters.${spec.name}`)),
          );
          if (!listed && seen.has(content) && !(spec.default !== undefined && sameJson(value, spec.default))) {
            silent.push(`${nodeType.type}.${spec.name} = ${JSON.stringify(value)} with ${JSON.stringify(setting)}`);
          }
          if (!listed) seen.set(content, value);
        }
      }
    }
    expect(silent).toEqual([]);
  });

  it('lists settings that the catalogue does not know as lost, or shows them', () => {
    for (const nodeType of nodeCatalog) {
      const { content, losses } = exported(
        graphWith(nodeType, { ...exampleParameters(nodeType), fruit: 'apples' }),
        format,
      );
      const listed = losses.some(({ nodeId, path }) => nodeId === 'it' && 'parameters.fruit'.startsWith(path ?? ''));
      expect(listed || content.includes('apples'), nodeType.type).toBe(true);
    }
  });

  it('shows each step and each connection in its text, or lists it as lost, whatever the graph', () => {
    fc.assert(
      fc.property(fc.oneof(anyGraph, connectedGraph), ({ nodes, edges }) => {
        // With labels of their own, as no step may take the place of an equal one that is gone.
        const graph = { nodes: nodes.map((node, at) => ({ ...node, label: `${node.label} ${at}` })), edges };
        const { losses } = exported(graph, format);
        expect(exported(structuredClone(graph), format)).toEqual(exported(graph, format));
        expect(silentlyLost(graph, format)).toEqual([]);
        for (const loss of losses) expect(loss.message).toMatch(/^(?:n8n|\P{Ll}).+[.]$/su);
      }),
      { numRuns: 300 },
    );
  });

  it('does so where a decision leads to two steps, the first leads to the second, and its other branch to the first', () => {
    const decision = (id: string): GraphNode => ({
      id,
      type: 'logic.if',
      label: id,
      parameters: { condition: 'trigger.a' },
      position: { x: 0, y: 0 },
    });
    const edges = [
      ['which', 'true', 'first'],
      ['which', 'true', 'second'],
      ['which', 'false', 'other'],
      ['other', 'true', 'first'],
      ['first', 'true', 'second'],
    ].map(([source = '', branch = '', target = '']) => ({ id: `${source}-${target}`, source, branch, target }));
    expect(silentlyLost({ nodes: ['which', 'first', 'second', 'other'].map(decision), edges }, format)).toEqual([]);
  });
});
