import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { anyGraph, connectedGraph } from '../../../../../test/support/any-graph.js';
import { fixturePrompts, graphOfFixture } from '../../../../../test/support/fixture-graphs.js';
import { exampleParameters, nodeCatalog } from '../../catalog/catalog.js';
import { EXPRESSION_FUNCTIONS } from '../../expressions/language.js';
import type { GraphNode, WorkflowGraph } from '../../graph-schema.js';
import { exportGraph } from '../export-graph.js';
import type { ExportLoss } from '../export-loss.js';
import { N8N_OUTPUTS, N8N_TYPES, type N8nTypeFacts } from './n8n-facts.js';
import { N8N_STEPS } from './n8n-steps.js';

interface N8nFile {
  nodes: {
    id: string;
    name: string;
    type: string;
    typeVersion: number;
    position: [number, number];
    parameters: Record<string, JsonValue>;
    onError?: string;
    credentials?: unknown;
  }[];
  connections: Record<string, { main: { node: string; type: string; index: number }[][] }>;
}

function exported(graph: WorkflowGraph): { file: N8nFile; losses: readonly ExportLoss[] } {
  const { content, losses } = exportGraph({ title: 'A', graph }, 'n8n');
  return { file: JSON.parse(content), losses };
}

let count = 0;
function node(id: string, type: string, parameters: Record<string, JsonValue> = {}, label = id): GraphNode {
  count += 1;
  return { id, type, label, parameters, position: { x: count * 10, y: 0 } };
}
const edge = (source: string, target: string, branch: string | null = null) => ({
  id: `${source}-${branch}-${target}`,
  source,
  target,
  branch,
});

/** Expressions as n8n extracts them from a text: from `{{` to the next `}}`. */
function expressionsOf(value: JsonValue): string[] {
  if (typeof value === 'string')
    return value.startsWith('=') ? [...value.matchAll(/\{\{(.*?)\}\}/gs)].map(([, code]) => code ?? '') : [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(expressionsOf) : [];
}

const facts = new Map<string, N8nTypeFacts>(Object.values(N8N_TYPES).map((entry) => [entry.type, entry]));

/** What n8n requires of a file for importing and running it. */
function check(file: N8nFile): void {
  const names = file.nodes.map(({ name }) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(file.nodes.map(({ id }) => id)).size).toBe(names.length);
  const known = new Set(file.nodes.map(({ name }) => name));
  for (const [from, { main }] of Object.entries(file.connections)) {
    expect(known.has(from)).toBe(true);
    for (const target of main.flat()) expect(known.has(target.node) && target.type === 'main').toBe(true);
  }
  for (const { type, typeVersion, parameters, position, credentials } of file.nodes) {
    const described = facts.get(type);
    expect(described?.written).toBe(typeVersion);
    expect(Object.keys(parameters).filter((name) => !(described?.settings ?? []).includes(name))).toEqual([]);
    expect(position.every(Number.isInteger)).toBe(true);
    expect(credentials).toBeUndefined();
    for (const code of expressionsOf(parameters)) expect(() => new Script(`(${code})`), code).not.toThrow();
    const program = parameters.jsCode;
    // A program written by the user may contain anything.
    if (typeof program === 'string' && !program.startsWith('const inputs')) {
      expect(() => new Script(`(async () => { ${program} })`), program).not.toThrow();
    }
  }
}

describe('the facts about n8n', () => {
  it('are written one minor below the newest version', () => {
    for (const { type, newest, written } of Object.values(N8N_TYPES)) {
      const minor = Math.round((newest % 1) * 10);
      expect(written, type).toBeCloseTo(minor === 0 ? newest : newest - 0.1, 5);
    }
  });

  it('cover every type of the catalogue, and no other', () => {
    const types = nodeCatalog.map(({ type }) => type);
    expect(Object.keys(N8N_STEPS).sort()).toEqual(types.toSorted());
    for (const [type, outputs] of Object.entries(N8N_OUTPUTS)) {
      const ours = nodeCatalog.find((entry) => entry.type === type)?.outputs.map(({ name }) => name) ?? [];
      expect(
        Object.keys(outputs).filter((name) => !ours.includes(name)),
        type,
      ).toEqual([]);
    }
  });
});

describe('n8n JSON', () => {
  it('is what n8n imports, for any graph', () => {
    fc.assert(
      fc.property(fc.oneof(anyGraph, connectedGraph), (graph) => {
        check(exported(graph).file);
      }),
      { numRuns: 300 },
    );
  });

  it.each(fixturePrompts)('is so for the fixture: %s', (prompt) => {
    const graph = graphOfFixture(prompt);
    check(exported(graph).file);
  });

  it.each(nodeCatalog.map((nodeType) => [nodeType.type, nodeType] as const))('has a step for %s', (type, nodeType) => {
    const enums = nodeType.parameters.filter((spec) => spec.type === 'enum');
    const full = Object.fromEntries(
      nodeType.parameters.flatMap((spec) => (spec.example === undefined ? [] : [[spec.name, spec.example]])),
    );
    const settings = [
      exampleParameters(nodeType),
      full,
      ...enums.flatMap((spec) => (spec.values ?? []).map((value) => ({ ...full, [spec.name]: value }))),
    ];
    for (const parameters of settings) check(exported({ nodes: [node('it', type, parameters)], edges: [] }).file);
  });

  it('writes expressions as n8n reads them', () => {
    const { file, losses } = exported({
      nodes: [
        node('start', 'trigger.webhook', {}, "Bob's hook"),
        node('ask', 'action.http', { url: 'https://a.io/{{ trigger.body.id }}' }),
        node('tell', 'action.slack', {
          channel: '#a',
          text: '{{ upper(trigger.body.name) }} owes {{ nodes.ask.body["net total"] }} {',
        }),
      ],
      edges: [edge('start', 'ask'), edge('ask', 'tell')],
    });
    expect(losses).toEqual([]);
    expect(file.nodes[1]?.parameters.url).toBe('=https://a.io/{{ $json.body.id }}');
    expect(file.nodes[2]?.parameters.text).toBe(
      "={{ String($('Bob\\'s hook').item.json.body.name).toUpperCase() }} owes {{ $json.body['net total'] }} {{ '\\u007b' }}",
    );
  });

  it.each(Object.keys(EXPRESSION_FUNCTIONS))('knows the function %s', (name) => {
    const least = EXPRESSION_FUNCTIONS[name]?.minimum ?? 1;
    for (const times of [least, Math.min(3, EXPRESSION_FUNCTIONS[name]?.maximum ?? 1)]) {
      const call = `${name}(${Array.from({ length: times }, (_, at) => `trigger.body.v${at}`).join(', ')})`;
      const { file, losses } = exported({
        nodes: [node('start', 'trigger.webhook'), node('if', 'logic.if', { condition: call })],
        edges: [edge('start', 'if')],
      });
      expect(losses).toEqual([]);
      check(file);
    }
  });

  it('connects branches by their place, and unnamed texts never end an expression', () => {
    const { file } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('kind', 'logic.switch', {
          value: 'trigger.body.kind',
          cases: ['a}}b', { name: 'big', when: 'trigger.body.n > 1' }],
        }),
        node('one', 'logic.stop', {}, 'Same'),
        node('two', 'logic.stop', {}, 'Same'),
        node('three', 'logic.stop', {}, 'same'),
      ],
      edges: [
        edge('start', 'kind'),
        edge('kind', 'three', 'default'),
        edge('kind', 'two', 'big'),
        edge('kind', 'one', 'a}}b'),
      ],
    });
    check(file);
    expect(file.connections.kind?.main.map((targets) => targets.map((target) => target.node))).toEqual([
      ['Same'],
      ['Same 2'],
      ['same 3'],
    ]);
  });

  it('leads every round of a loop back to it, and reads items from it', () => {
    const { file } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('loop', 'logic.forEach', { items: 'trigger.body.rows' }),
        node('tell', 'action.slack', { channel: '#a', text: '{{ item.name }} {{ index }}' }),
        node('end', 'action.slack', { channel: '#a', text: '{{ nodes.tell.threadId }}' }),
      ],
      edges: [edge('start', 'loop'), edge('loop', 'tell', 'each'), edge('loop', 'end', 'done')],
    });
    expect(file.connections.start?.main).toEqual([[{ node: 'loop: list', type: 'main', index: 0 }]]);
    expect(file.connections.loop?.main.map((targets) => targets.map((target) => target.node))).toEqual([
      ['end'],
      ['tell'],
    ]);
    expect(file.connections.tell?.main).toEqual([[{ node: 'loop', type: 'main', index: 0 }]]);
    expect(file.nodes.find(({ name }) => name === 'tell')?.parameters.text).toBe(
      "={{ $('loop').item.json.item.name }} {{ $('loop').item.json.index }}",
    );
    expect(file.nodes.find(({ name }) => name === 'end')?.parameters.text).toBe(
      "={{ $('tell').all().map((entry) => entry.json.message.ts) }}",
    );
  });

  it('catches the failures of named steps at their error output, and of all steps with an error trigger', () => {
    const graph = (watch: JsonValue): WorkflowGraph => ({
      nodes: [
        node('start', 'trigger.webhook'),
        node('ask', 'action.http', { url: 'https://a.io' }),
        node('caught', 'logic.errorHandler', { watch, retries: 2 }),
        node('tell', 'action.slack', { channel: '#a', text: '{{ error.message }}' }),
      ],
      edges: [edge('start', 'ask'), edge('caught', 'tell')],
    });
    const some = exported(graph(['ask'])).file;
    expect(some.nodes[1]).toMatchObject({ onError: 'continueErrorOutput', retryOnFail: true, maxTries: 3 });
    expect(some.connections.ask?.main).toEqual([[], [{ node: 'caught', type: 'main', index: 0 }]]);
    const all = exported(graph('all')).file;
    expect(all.nodes[2]?.type).toBe('n8n-nodes-base.errorTrigger');
    expect(all.nodes[1]).toMatchObject({ retryOnFail: true, maxTries: 3 });
  });

  it('gives each path that is joined an input of its own', () => {
    const { file } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('a', 'logic.stop'),
        node('b', 'logic.wait', { duration: '3d' }),
        node('join', 'logic.merge'),
      ],
      edges: [edge('start', 'b'), edge('b', 'join'), edge('start', 'join')],
    });
    expect(file.nodes.find(({ name }) => name === 'join')?.parameters).toMatchObject({ numberInputs: 2 });
    expect(file.nodes.find(({ name }) => name === 'b')?.parameters).toEqual({
      resume: 'timeInterval',
      amount: 3,
      unit: 'days',
    });
    expect(
      [...(file.connections.b?.main[0] ?? []), ...(file.connections.start?.main[0] ?? [])]
        .filter((to) => to.node === 'join')
        .map(({ index }) => index),
    ).toEqual([0, 1]);
  });
});
