import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintGraph } from '#libs/graph';
import { play } from '../../testing/play-run.js';
import { kindsOf, lines, orders, payments, severe } from '../../testing/prompts.js';
import storedPlans from './stored-plans.json' with { type: 'json' };

describe('the planner', () => {
  it.each(lines.map((line, index) => ({ ...line, index })))('builds what line $index asks for: $prompt', (line) => {
    const { prompt, expects } = line;
    const before = expects.follows === undefined ? undefined : play(lines[expects.follows]?.prompt ?? '').graph;
    const run = play(prompt, before);
    const { trigger, kinds } = kindsOf(run.graph);
    expect(severe(run.graph)).toEqual([]);
    if (expects.trigger !== undefined && expects.trigger !== 'any') expect(trigger).toBe(expects.trigger);
    expect(kinds).toEqual(expect.arrayContaining(expects.kinds));
    expect(run.failures).toEqual([]);
    expect(run.texts.at(-1)).toMatch(/simulator/);
    if (before !== undefined) {
      const kept = before.nodes.filter((node) => run.graph.nodes.some((other) => other.id === node.id));
      expect(kept.length).toBeGreaterThanOrEqual(before.nodes.length - 1);
    }
  });
});

describe('a stored plan', () => {
  it.each(storedPlans.filter(({ onto }) => onto.length === 0))('passes the linter: $prompt', ({ prompt }) => {
    const run = play(prompt.replaceAll('{n}', '7'));
    expect(severe(run.graph)).toEqual([]);
    expect(run.texts.at(-1)).not.toContain('rough sketch');
  });

  it('fills in the number of a prompt that differs in nothing else', () => {
    const { graph } = play('every day at 7  email a report to TEAM-7@acme.io');
    expect(graph.nodes.map(({ parameters }) => parameters.cron ?? parameters.to)).toEqual([
      '0 7 * * *',
      'team-7@acme.io',
    ]);
  });
});

describe('the planner, given anything at all', () => {
  const words =
    'when if and then otherwise email slack #ops every day 5 $1,000 wait approve for each row postgres api → : ; . , fails between 0.1 before after remove add the it replace with only instead monday loop approval sms teams otherwise start over move reject'.split(
      ' ',
    );

  it('ends with a graph that passes the linter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 40 }),
        fc.array(fc.constantFrom(...words), { maxLength: 12 }),
        (first, second) => {
          const run = play(first.join(' '), undefined, { maxCorrections: 3 });
          expect(severe(run.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
          const after = play(second.join(' '), run.graph, { maxCorrections: 3 });
          // Correct at once, not only after the linter has returned it.
          expect([...run.texts, ...after.texts].filter((text) => text.startsWith('The check found'))).toEqual([]);
          expect(severe(after.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    'if '.repeat(8_000),
    'a, '.repeat(8_000),
    'post to slack and '.repeat(800),
    'for each row '.repeat(800),
    ' '.repeat(16_000),
    'every '.repeat(3_000),
    '1,000'.repeat(3_000),
    `when ${'a '.repeat(7_000)}`,
    'the the the before the '.repeat(600),
    '[[sim:'.repeat(2_000),
    '{{'.repeat(8_000),
    '/'.repeat(16_000),
  ])('plans hostile text in reasonable time', (text) => {
    // CPU time of this thread only, so that a busy machine does not affect the result.
    const started = process.threadCpuUsage();
    const run = play(text);
    play(text, run.graph);
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(10_000);
    expect(lintGraph(run.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
  });
});

describe('the planner, when tools fail', () => {
  it('asks again for what a failed call left out', () => {
    const refused = new Set(['addNodes', 'connectNodes']);
    const run = play(orders, undefined, {
      intercept: (name) => (refused.delete(name) ? 'The input is not valid JSON.' : undefined),
    });
    expect(severe(run.graph)).toEqual([]);
    expect(run.graph.nodes).toHaveLength(4);
  });

  it('comes to an end and says so when nothing ever works', () => {
    const run = play(orders, undefined, { intercept: () => 'Out of order.' });
    expect(run.moves.length).toBeLessThan(45);
    expect(run.graph.nodes).toEqual([]);
  });

  it('never gets its graph right when it is told not to', () => {
    const run = play(orders, undefined, { invalidRounds: Number.POSITIVE_INFINITY, maxCorrections: 3 });
    expect(run.corrections).toBe(3);
    expect(lintGraph(run.graph).some((issue) => issue.severity === 'ERROR')).toBe(true);
  });

  it('gives in when it was asked as often as it was told to wait for', () => {
    for (const invalidRounds of [1, 2]) {
      const run = play(orders, undefined, { invalidRounds, maxCorrections: 3 });
      expect(run.corrections).toBe(invalidRounds);
      expect(severe(run.graph)).toEqual([]);
    }
  });

  it('mends what the linter finds in a graph that was broken before', () => {
    const { graph } = play(orders);
    const broken = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'sendEmail' ? { ...node, parameters: { subject: 'x' } } : node)),
    };
    const run = play('make it pop', broken, { maxCorrections: 3 });
    expect(severe(run.graph)).toEqual([]);
  });

  it('shows nodes a few at a time, each group connected in the same answer', () => {
    const run = play(payments);
    const adding = run.moves.filter((move) => move.calls.some((call) => call.name === 'addNodes'));
    expect(adding.length).toBeGreaterThanOrEqual(2);
    for (const move of adding) expect(move.calls.map((call) => call.name)).toEqual(['addNodes', 'connectNodes']);
    expect(run.moves[0]?.calls.every((call) => call.name === 'searchNodeTypes')).toBe(true);
    expect(run.moves.at(-2)?.calls).toEqual([{ name: 'validateGraph', arguments: {} }]);
  });
});
