import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limits } from '#libs/contracts';
import schema from '../../../../docs/formats/workflow-file.schema.json' with { type: 'json' };
import { anyGraph, id } from '../../../../test/support/any-graph.js';
import { cpuMsOf } from '../../../../test/support/cpu-time.js';
import { exportGraph } from '../export/export-graph.js';
import { workflowFileJsonSchema } from '../export/workflow-file.js';
import { MAX_PARAMETERS_BYTES, type WorkflowGraph } from '../graph-schema.js';
import { importGraph, MAX_IMPORT_CHARS } from './import-graph.js';

const graph: WorkflowGraph = {
  nodes: [
    { id: 'start', type: 'trigger.manual', label: 'Go', parameters: {}, position: { x: 0, y: 0 } },
    { id: 'tell', type: 'action.slack', label: 'Tell', parameters: { text: 'Hi "you"' }, position: { x: 312, y: 0 } },
  ],
  edges: [{ id: 'e1', source: 'start', target: 'tell', branch: null }],
};
/** A valid file with one place changed; `undefined` removes the place. */
function file(path = '', value?: unknown): string {
  const whole: unknown = JSON.parse(exportGraph({ title: 'A', graph }, 'json').content);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const holder = parts.reduce((at, part) => (at as Record<string, unknown>)[part], whole) as Record<string, unknown>;
  if (path !== '') holder[last] = value;
  return JSON.stringify(whole);
}
const repeated = (times: number, value: unknown): unknown[] => Array.from({ length: times }, () => value);
const problemsOf = (text: string): readonly string[] => {
  const result = importGraph(text);
  return result.ok ? [] : result.problems;
};

describe('a workflow file', () => {
  it('gives back exactly what was exported, whatever the graph', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: limits.titleChars / 4 }), anyGraph, (title, any) => {
        const written = exportGraph({ title, graph: any }, 'json');
        expect(written.losses).toEqual([]);
        expect(importGraph(written.content)).toEqual({
          ok: true,
          workflow: { title, graph: JSON.parse(JSON.stringify(any)) },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('has a published JSON Schema that is the one of the code', () => {
    expect(JSON.parse(JSON.stringify(workflowFileJsonSchema()))).toEqual(schema);
  });

  it('fits its published JSON Schema, and what the schema refuses is refused', () => {
    const published = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(published.safeParse(JSON.parse(file())).success).toBe(true);
    const broken = [
      file('title'),
      file('graph.nodes.0.extra', 1),
      file('graph.nodes.0.id', '1'),
      file('graph.nodes.0.label', ''),
      file('graph.nodes.0.position.x', 2e6),
      file('graph.edges', repeated(401, graph.edges[0])),
    ];
    for (const text of broken) {
      expect(published.safeParse(JSON.parse(text)).success, text.slice(0, 200)).toBe(false);
      expect(importGraph(text).ok).toBe(false);
    }
  });

  it('is read again when it is the largest that can be stored', () => {
    const parameters = { text: 'x'.repeat(MAX_PARAMETERS_BYTES - 20) };
    const nested = { list: JSON.parse(`${'['.repeat(20)}${'1,'.repeat(16_000)}1${']'.repeat(20)}`) };
    const nodes = Array.from({ length: 200 }, (_, at) => ({
      ...graph.nodes[0],
      id: `n${at}`,
      parameters: at % 2 ? parameters : nested,
    }));
    const { content } = exportGraph({ title: 'A', graph: { nodes, edges: [] } as WorkflowGraph }, 'json');
    expect(importGraph(content)).toEqual({ ok: true, workflow: { title: 'A', graph: { nodes, edges: [] } } });
  });

  it('may begin with a byte order mark', () => {
    expect(importGraph(`\uFEFF${file()}`).ok).toBe(true);
  });
});

describe('what is wrong with a file', () => {
  it.each<[string, string, string]>([
    ['no JSON', '{"format":', 'The file is not JSON. Choose a file that was exported from Holdfast as JSON.'],
    ['no object', '[1]', 'The file holds no workflow: it is JSON, but not an object.'],
    ['another format', '{"nodes":[]}', 'The file holds no Holdfast workflow: its "format" is not "holdfast.workflow".'],
    [
      'a later version',
      file('version', 2),
      'The file has a version that is not understood here. This Holdfast reads version 1.',
    ],
    ['a missing title', file('title'), '"title" is missing or is not a text.'],
    ['an empty label', file('graph.nodes.1.label', ''), '"graph.nodes[1].label" must not be empty.'],
    [
      'a field that nobody knows',
      file('graph.edges.0.colour', 'red'),
      '"graph.edges[0]" has fields that this version does not know: "colour".',
    ],
    [
      'a name of two lines',
      file('graph.edges.0.two\nlines', 1),
      '"graph.edges[0]" has fields that this version does not know: "two\uFFFDlines".',
    ],
    ['too many nodes', file('graph.nodes', repeated(201, graph.nodes[0])), '"graph.nodes" has more than 200 entries.'],
    [
      'a place outside the canvas',
      file('graph.nodes.0.position.x', 1e7),
      '"graph.nodes[0].position.x" is larger than 1000000.',
    ],
    [
      'half a surrogate pair',
      file('graph.nodes.1.parameters.text', '\uD800'),
      '"graph.nodes[1].parameters" contains a character that cannot be stored (NUL or half a surrogate pair).',
    ],
  ])('is said in a sentence: %s', (_, text, sentence) => {
    expect(problemsOf(text)).toEqual([sentence]);
  });

  it('is said of twenty places at most', () => {
    const text = file('graph.nodes', repeated(200, { ...graph.nodes[0], label: '' }));
    expect(problemsOf(text)).toHaveLength(21);
    expect(problemsOf(text).at(-1)).toBe('There are 180 more problems of this kind.');
  });
});

describe('a file of somebody who means harm', () => {
  it('is refused by its size before it is read', () => {
    expect(problemsOf(' '.repeat(MAX_IMPORT_CHARS + 1))).toEqual(['The file is larger than 8 MiB.']);
  });

  it.each([
    ['nested arrays', '['.repeat(4_000_000)],
    ['nested parameters', file().replace('"Hi \\"you\\""', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
    ['a key that reaches into objects', file().replace('"text":', '"__proto__":')],
    [
      'very many keys',
      file().replace('"text":', `${Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`)},"text":`),
    ],
    ['very many edges', file('graph.edges', repeated(50_000, []))],
  ])('is refused without harm: %s', (_, text) => {
    expect(cpuMsOf(() => expect(importGraph(text).ok).toBe(false))).toBeLessThan(5_000);
    expect(problemsOf(text).length).toBeLessThanOrEqual(21);
    expect(Object.hasOwn(Object.prototype, 'text')).toBe(false);
  });

  it('never makes the reader throw, whatever is changed in it', () => {
    const text = file();
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(8), fc.string({ maxLength: 6 }), (at, cut, put) => {
        const result = importGraph(text.slice(0, at) + put + text.slice(at + cut));
        if (!result.ok) for (const problem of result.problems) expect(problem).toMatch(/^[^\n]{10,400}[.]$/u);
      }),
      { numRuns: 1000 },
    );
  });

  it('names a node of any id without being changed', () => {
    fc.assert(
      fc.property(id, (name) => {
        const text = file('graph.nodes.0.id', name);
        expect(importGraph(text).ok).toBe(true);
      }),
    );
  });
});
