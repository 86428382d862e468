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
import { ASL_FIELDS, MAX_STATE_NAME } from './asl-facts.js';

// biome-ignore lint/suspicious/noExplicitAny: what is read here is checked field by field.
type State = Record<string, any>;
interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

function exported(graph: WorkflowGraph): {
  machine: Machine & { QueryLanguage: string };
  losses: readonly ExportLoss[];
} {
  const { content, losses } = exportGraph({ title: 'A', graph }, 'asl');
  return { machine: JSON.parse(content), losses };
}

function node(id: string, type: string, parameters: Record<string, JsonValue> = {}, label = id): GraphNode {
  return { id, type, label, parameters, position: { x: 0, y: 0 } };
}
const edge = (source: string, target: string, branch: string | null = null) => ({
  id: `${source}-${branch}-${target}`,
  source,
  target,
  branch,
});

function nextOf(state: State): string[] {
  const all = [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map((rule: State) => rule.Next),
    ...(state.Catch ?? []).map((rule: State) => rule.Next),
  ];
  return all.filter((name) => name !== undefined);
}

/** Whether quotes and brackets are in pairs: enough to notice a text that escapes from its expression. */
function balanced(code: string): boolean {
  const open: string[] = [];
  const bare = code.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').replaceAll(/(?<=, )\/(?:[^/\\]|\\.)+\//g, '');
  for (const char of bare) {
    if ('([{'.includes(char)) open.push(char);
    else if (')]}'.includes(char) && '([{'.indexOf(open.pop() ?? '') !== ')]}'.indexOf(char)) return false;
  }
  return open.length === 0 && !bare.includes('"');
}

function checkExpressions(value: unknown): void {
  if (typeof value === 'string' && value.startsWith('{%')) {
    expect(value.endsWith('%}') && value.indexOf('%}') === value.length - 2, value).toBe(true);
    expect(balanced(value.slice(2, -2)), value).toBe(true);
  } else if (value !== null && typeof value === 'object') Object.values(value).forEach(checkExpressions);
}

/** The rules of the language that an accepted machine must obey. */
function check(machine: Machine, names = new Set<string>()): void {
  const { States } = machine;
  expect(Object.hasOwn(States, machine.StartAt)).toBe(true);
  const reached = new Set([machine.StartAt]);
  for (const name of reached) for (const next of nextOf(States[name] ?? {})) reached.add(next);
  expect([...reached].toSorted()).toEqual(Object.keys(States).toSorted());
  for (const [name, state] of Object.entries(States)) {
    expect(names.has(name), `${name} is twice in the machine`).toBe(false);
    names.add(name);
    expect([...name].length).toBeLessThanOrEqual(MAX_STATE_NAME);
    expect(
      Object.keys(state).filter((field) => !ASL_FIELDS[state.Type]?.includes(field)),
      name,
    ).toEqual([]);
    const ways = (state.Next === undefined ? 0 : 1) + (state.End === true ? 1 : 0);
    expect(ways, `${name}: ${state.Type}`).toBe(['Choice', 'Succeed', 'Fail'].includes(state.Type) ? 0 : 1);
    if (state.Type === 'Choice') expect(state.Choices.length).toBeGreaterThan(0);
    for (const [index, { ErrorEquals }] of (state.Catch ?? []).entries()) {
      if (ErrorEquals.includes('States.ALL')) expect(index).toBe(state.Catch.length - 1);
    }
    if (state.Type === 'Parallel') for (const branch of state.Branches) check(branch, names);
    if (state.Type === 'Map') check(state.ItemProcessor, names);
    checkExpressions(state);
  }
}

describe('a state machine', () => {
  it('is one that Step Functions accepts, for any graph', () => {
    fc.assert(
      fc.property(fc.oneof(anyGraph, connectedGraph), (graph) => {
        check(exported(graph).machine);
      }),
      { numRuns: 500 },
    );
  });

  it.each(fixturePrompts)('is so for the fixture: %s', (prompt) => {
    const graph = graphOfFixture(prompt);
    check(exported(graph).machine);
  });

  it.each(nodeCatalog.map((nodeType) => [nodeType.type, nodeType] as const))('has a state for %s', (type, nodeType) => {
    const full = Object.fromEntries(
      nodeType.parameters.flatMap((spec) => (spec.example === undefined ? [] : [[spec.name, spec.example]])),
    );
    const words = nodeType.parameters.flatMap((spec) =>
      spec.type === 'enum' ? (spec.values ?? []).map((value) => ({ ...full, [spec.name]: value })) : [],
    );
    for (const parameters of [exampleParameters(nodeType), full, ...words]) {
      const { machine } = exported({ nodes: [node('it', type, parameters)], edges: [] });
      check(machine);
      if (type !== 'logic.errorHandler') expect(machine.States).toHaveProperty('it');
    }
  });

  it.each(Object.keys(EXPRESSION_FUNCTIONS))('writes the function %s, or says that it cannot', (name) => {
    const { minimum = 1, maximum = 1 } = EXPRESSION_FUNCTIONS[name] ?? {};
    for (const times of [minimum, Math.min(3, maximum)]) {
      const values = ['trigger.body.a', '"3d"', '"UTC"'].slice(0, times);
      const { machine, losses } = exported({
        nodes: [node('if', 'logic.if', { condition: `${name}(${values.join(', ')})` })],
        edges: [],
      });
      check(machine);
      expect(losses.filter(({ path }) => path === 'parameters.condition').length).toBeLessThanOrEqual(
        name === 'formatDate' ? 1 : 0,
      );
    }
  });

  it('reads data from the input of the state, and texts cannot leave their quotes', () => {
    const { machine } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('tell', 'action.slack', {
          channel: '{% evil %}',
          text: 'For {{ trigger.body["a %} b"] }}: {{ nodes.start.x }} %}',
        }),
      ],
      edges: [edge('start', 'tell')],
    });
    check(machine);
    expect(machine.QueryLanguage).toBe('JSONata');
    expect(machine.States.tell?.Arguments.Payload.parameters).toEqual({
      channel: '{% "{\\u0025 evil \\u0025}" %}',
      text: '{% ($value := ("For " & $string($lookup($states.input.trigger.body, "a \\u0025} b")) & ": " & $string($states.input.nodes.start.x) & " \\u0025}"); $exists($value) ? $value : null) %}',
    });
  });

  it('does things side by side and goes on where the paths meet', () => {
    const { machine, losses } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('a', 'action.slack'),
        node('b', 'action.slack'),
        node('c', 'action.slack'),
        node('join', 'logic.merge'),
        node('last', 'action.slack'),
      ],
      edges: [
        edge('start', 'a'),
        edge('start', 'b'),
        edge('b', 'c'),
        edge('a', 'join'),
        edge('c', 'join'),
        edge('join', 'last'),
      ],
    });
    check(machine);
    const block = machine.States['start: side by side'];
    expect(block?.Branches.map((branch: Machine) => Object.keys(branch.States))).toEqual([['a'], ['b', 'c']]);
    expect(block?.Next).toBe('join');
    expect(machine.States.join?.Next).toBe('last');
    expect(losses.filter(({ nodeId, edgeId }) => nodeId ?? edgeId)).toEqual([]);
  });

  it('lets branches of a decision meet again without doubling a state', () => {
    const { machine } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('big', 'logic.if', { condition: 'trigger.n > 1' }),
        node('a', 'action.slack'),
        node('b', 'action.slack'),
        node('last', 'action.slack'),
      ],
      edges: [
        edge('start', 'big'),
        edge('big', 'a', 'true'),
        edge('big', 'b', 'false'),
        edge('a', 'last'),
        edge('b', 'last'),
      ],
    });
    check(machine);
    expect(machine.States.big).toMatchObject({
      Choices: [{ Condition: '{% $boolean(($states.input.trigger.n > 1)) %}', Next: 'a' }],
      Default: 'b',
    });
    expect([machine.States.a?.Next, machine.States.b?.Next]).toEqual(['last', 'last']);
  });

  it('goes through a list in a map, and catches failures at the outermost block', () => {
    const { machine, losses } = exported({
      nodes: [
        node('start', 'trigger.webhook'),
        node('loop', 'logic.forEach', { items: 'trigger.rows', concurrency: 5 }),
        node('tell', 'action.slack', { channel: '#a', text: '{{ item.name }}' }),
        node('caught', 'logic.errorHandler', { watch: ['tell'], retries: 2 }),
        node('page', 'action.sms'),
      ],
      edges: [edge('start', 'loop'), edge('loop', 'tell', 'each'), edge('tell', 'loop'), edge('caught', 'page')],
    });
    check(machine);
    expect(machine.States.loop).toMatchObject({
      Type: 'Map',
      MaxConcurrency: 5,
      End: true,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'caught' }],
    });
    expect(machine.States.loop?.ItemProcessor.States.tell.Retry).toEqual([
      { ErrorEquals: ['States.ALL'], MaxAttempts: 2 },
    ]);
    expect(losses.some(({ nodeId, path }) => nodeId === 'caught' && path === 'parameters.watch')).toBe(true);
  });

  it.each(['__proto__', 'constructor', 'toString'])('may have a state called %s', (label) => {
    const { machine } = exported({ nodes: [node('it', 'action.slack', {}, label)], edges: [] });
    check(machine);
    expect(Object.keys(machine.States)).toEqual([label]);
  });

  it('gives steps of one name names of their own, however long', () => {
    const nodes = Array.from({ length: 12 }, (_, at) => node(`n${at}`, 'action.slack', {}, '😀'.repeat(60)));
    const { machine } = exported({ nodes, edges: nodes.slice(1).map((_, at) => edge(`n${at}`, `n${at + 1}`)) });
    check(machine);
    expect(Object.keys(machine.States)).toHaveLength(12);
  });
});
