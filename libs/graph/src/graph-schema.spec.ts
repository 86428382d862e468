import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyGraph, graphEdgeSchema, graphNodeSchema, MAX_NODES, workflowGraphSchema } from './graph-schema.js';

const node = (change: object = {}): unknown => ({
  id: 'a',
  type: 'action.slack',
  label: 'Tell billing',
  parameters: { text: 'Hi 👋', list: [1, null, { deep: true }] },
  position: { x: 0, y: -20.5 },
  ...change,
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('graphNodeSchema', () => {
  it('accepts a node and returns it unchanged', () => {
    expect(graphNodeSchema.parse(node())).toEqual(node());
  });

  it.each<[string, object]>([
    ['an id that starts with a digit', { id: '1a' }],
    ['an id with a space', { id: 'a b' }],
    ['an id of 65 characters', { id: 'a'.repeat(65) }],
    ['an empty label', { label: '' }],
    ['a label of 121 characters', { label: 'a'.repeat(121) }],
    ['a label with a line break', { label: 'a\nb' }],
    ['parameters above 32 KiB', { parameters: { text: 'a'.repeat(33 * 1024) } }],
    ['parameters above 32 KiB once encoded', { parameters: { text: 'é'.repeat(17 * 1024) } }],
    ['parameters nested without end', { parameters: { deep: nested(100_000) } }],
    ['a NUL character, which Postgres cannot store', { parameters: { text: 'a\0b' } }],
    ['half a surrogate pair', { parameters: { '\ud83d': 1 } }],
    ['an undefined value', { parameters: { a: [undefined] } }],
    ['a date object', { parameters: { a: new Date(0) } }],
    ['not a number', { parameters: { a: Number.NaN } }],
    ['an infinite position', { position: { x: Number.POSITIVE_INFINITY, y: 0 } }],
    ['a position without y', { position: { x: 0 } }],
  ])('refuses %s', (_, change) => {
    expect(graphNodeSchema.safeParse(node(change)).success).toBe(false);
  });

  it('can be written as JSON Schema, for the tools of a model', () => {
    expect(z.toJSONSchema(graphNodeSchema, { io: 'input' })).toMatchObject({ type: 'object' });
  });
});

describe('graphEdgeSchema', () => {
  it.each([undefined, null, 'true', 'über 5.000 €'])('accepts %s as branch', (branch) => {
    expect(graphEdgeSchema.safeParse({ id: 'e', source: 'a', target: 'b', branch }).success).toBe(true);
  });

  it.each(['', 'a'.repeat(61), 'a\nb', 7])('refuses %s as branch', (branch) => {
    expect(graphEdgeSchema.safeParse({ id: 'e', source: 'a', target: 'b', branch }).success).toBe(false);
  });
});

describe('workflowGraphSchema', () => {
  it('accepts an empty graph, a new one each time', () => {
    expect(workflowGraphSchema.parse(emptyGraph())).toEqual(emptyGraph());
    expect(emptyGraph()).not.toBe(emptyGraph());
  });

  it('refuses more nodes than a workflow may have', () => {
    const nodes = Array.from({ length: MAX_NODES + 1 }, (_, n) => node({ id: `n${n}` }));
    expect(workflowGraphSchema.safeParse({ nodes: nodes.slice(1), edges: [] }).success).toBe(true);
    expect(workflowGraphSchema.safeParse({ nodes, edges: [] }).success).toBe(false);
  });
});
