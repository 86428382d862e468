import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { edgeIdOf } from '../edit/edge-id.js';
import { Template } from '../expressions/parse-template.js';
import { type GraphNode, graphNodeSchema, type WorkflowGraph } from '../graph-schema.js';
import { lintGraph } from '../lint/lint-graph.js';
import { formProblem } from '../lint/value-form.js';
import { branchesOf } from './branches.js';
import { exampleParameters, findNodeType, nodeCatalog } from './catalog.js';
import { type NodeType, type Outlet, PARAMETER_TYPES, type ParameterSpec } from './node-type.js';

/** A kind that stands for a new purpose is added here, too. */
const NODE_KINDS = [
  'manual',
  'schedule',
  'webhook',
  'form',
  'email',
  'feed',
  'file',
  'database',
  'chat',
  'if',
  'switch',
  'forEach',
  'merge',
  'filter',
  'wait',
  'approval',
  'errorHandler',
  'respond',
  'stop',
  'http',
  'slack',
  'sms',
  'sheet',
  'crm',
  'issue',
  'ticket',
  'document',
  'payment',
  'calendar',
  'ai',
  'transform',
  'code',
] as const;

const outletSchema: z.ZodType<Outlet> = z.strictObject({
  name: z.string(),
  description: z.string(),
  mustConnect: z.boolean(),
});

const parameterSchema: z.ZodType<ParameterSpec> = z.strictObject({
  name: z.string(),
  type: z.enum(PARAMETER_TYPES),
  required: z.boolean(),
  requiredWhen: z.strictObject({ parameter: z.string(), in: z.array(z.string()) }).optional(),
  description: z.string(),
  values: z.array(z.string()).optional(),
  default: z.json().optional(),
  example: z.json().optional(),
  get items() {
    const fields = z.array(parameterSchema);
    return z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('string') }),
        z.strictObject({ type: z.literal('object'), fields, orString: z.boolean().optional() }),
      ])
      .optional();
  },
  perItem: z.boolean().optional(),
  scalar: z.boolean().optional(),
  verbatim: z.boolean().optional(),
});

const nodeTypeSchema: z.ZodType<NodeType> = z.strictObject({
  type: z.string(),
  kind: z.enum(NODE_KINDS),
  category: z.enum(['trigger', 'logic', 'action']),
  title: z.string(),
  description: z.string(),
  docs: z.string(),
  icon: z.string(),
  keywords: z.array(z.string()),
  branches: z
    .discriminatedUnion('from', [
      z.strictObject({ from: z.literal('fixed'), outlets: z.array(outletSchema) }),
      z.strictObject({ from: z.literal('cases'), parameter: z.string(), outlets: z.array(outletSchema) }),
      z.strictObject({
        from: z.literal('choice'),
        parameter: z.string(),
        choices: z.record(z.string(), z.array(outletSchema)),
      }),
    ])
    .nullable(),
  parameters: z.array(parameterSchema),
  outputs: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  loop: z.boolean().optional(),
  terminal: z.boolean().optional(),
  entry: z.boolean().optional(),
});

function everyParameter(specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.flatMap((spec) => [spec, ...(spec.items?.type === 'object' ? everyParameter(spec.items.fields) : [])]);
}

/** The smallest workflow in which a node of this type makes sense. */
function workflowAround(nodeType: NodeType): WorkflowGraph {
  const make = (id: string, type: string, parameters = {}): GraphNode => ({
    id,
    type,
    label: id,
    parameters,
    position: { x: 0, y: 0 },
  });
  const edge = (source: string, target: string, branch: string | null = null) => ({
    id: edgeIdOf(source, branch, target),
    source,
    target,
    branch,
  });
  const subject = make('subject', nodeType.type, exampleParameters(nodeType));
  const next = make('next', 'action.slack', { channel: '#a', text: 'b' });
  const nodes = nodeType.category === 'trigger' ? [subject] : [make('start', 'trigger.webhook'), subject];
  const edges = nodeType.category === 'trigger' ? [] : [edge('start', nodeType.entry ? 'next' : 'subject')];
  if (nodeType.terminal) return { nodes, edges };
  const branches: (string | null)[] = branchesOf(subject) ?? [null];
  edges.push(...branches.map((branch) => edge('subject', 'next', branch)));
  if (nodeType.kind === 'merge') edges.push({ ...edge('next', 'subject') }, edge('start', 'next'));
  if (nodeType.kind === 'merge')
    edges.splice(
      edges.findIndex((item) => item.source === 'subject'),
      1,
    );
  return { nodes: [...nodes, next], edges };
}

describe('the catalogue', () => {
  it('holds at least 36 types, each under a name of its own', () => {
    expect(nodeCatalog.length).toBeGreaterThanOrEqual(36);
    expect(new Set(nodeCatalog.map((entry) => entry.type)).size).toBe(nodeCatalog.length);
  });

  it('has a type for every kind', () => {
    expect(new Set(nodeCatalog.map((entry) => entry.kind))).toEqual(new Set(NODE_KINDS));
  });

  it.each(nodeCatalog.map((entry) => [entry.type, entry] as const))('describes %s completely', (type, entry) => {
    expect(nodeTypeSchema.safeParse(entry).error).toBeUndefined();
    expect(findNodeType(type)).toBe(entry);
    expect(type).toMatch(/^(trigger|logic|action|ai)\.[a-z][a-zA-Z0-9]*$/);
    expect(entry.title.length).toBeGreaterThan(1);
    expect(entry.description).toMatch(/\.$/);
    expect(entry.docs.length).toBeGreaterThan(80);
    expect(entry.icon).toMatch(/^[a-z0-9-]+$/);
    expect(entry.keywords.length).toBeGreaterThan(2);
    expect(new Set(entry.parameters.map((spec) => spec.name)).size).toBe(entry.parameters.length);
    expect(entry.entry ?? false).toBe(entry.category === 'trigger' || entry.kind === 'errorHandler');
    for (const spec of everyParameter(entry.parameters)) {
      expect(spec.description, spec.name).toMatch(/[.)]$/);
      expect(spec.required && spec.default !== undefined, `${spec.name}: required means that there is no default`).toBe(
        false,
      );
      if (spec.type === 'enum') expect(spec.values?.length, spec.name).toBeGreaterThan(1);
      if (spec.required || spec.requiredWhen) expect(spec.example, spec.name).toBeDefined();
      if (spec.requiredWhen) expect(entry.parameters.map((other) => other.name)).toContain(spec.requiredWhen.parameter);
      for (const value of [spec.default, spec.example]) {
        if (value !== undefined)
          expect(
            formProblem(spec, value, (text) => new Template(text)),
            `${spec.name}: ${JSON.stringify(value)}`,
          ).toBeNull();
      }
    }
  });

  it.each(nodeCatalog.map((entry) => [entry.type, entry] as const))(
    'gives %s an example that passes the linter',
    (_, entry) => {
      const graph = workflowAround(entry);
      for (const node of graph.nodes) expect(graphNodeSchema.safeParse(node).success).toBe(true);
      expect(lintGraph(graph)).toEqual([]);
    },
  );

  it.each(nodeCatalog.map((entry) => [entry.type, entry] as const))(
    'gives %s examples of optional parameters that pass the linter too',
    (_, entry) => {
      const graph = workflowAround(entry);
      const subject = graph.nodes.find((node) => node.id === 'subject');
      const optional = entry.parameters.filter((spec) => spec.example !== undefined && spec.type !== 'enum');
      if (subject)
        subject.parameters = {
          ...Object.fromEntries(optional.map((spec) => [spec.name, spec.example ?? null])),
          ...subject.parameters,
        };
      expect(lintGraph(graph)).toEqual([]);
    },
  );
});

describe('branchesOf', () => {
  it.each<[string, Record<string, JsonValue>, string[] | null]>([
    ['logic.if', {}, ['true', 'false']],
    ['logic.forEach', {}, ['each', 'done']],
    ['logic.approval', {}, ['approved', 'rejected']],
    ['logic.wait', {}, null],
    ['logic.wait', { mode: 'duration' }, null],
    ['logic.wait', { mode: 'webhook' }, ['received', 'timedOut']],
    ['logic.wait', { mode: 'constructor' }, null],
    ['logic.switch', {}, ['default']],
    [
      'logic.switch',
      { cases: ['bug', { name: 'billing', when: 'true' }, 'bug', 7, {}] },
      ['bug', 'billing', 'default'],
    ],
    ['action.slack', {}, null],
    ['nothing.known', {}, null],
  ])('of %s with %j are %j', (type, parameters, expected) => {
    expect(branchesOf({ type, parameters })).toEqual(expected);
  });
});
