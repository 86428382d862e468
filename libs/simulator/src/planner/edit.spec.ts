import { describe, expect, it } from 'vitest';
import type { WorkflowGraph } from '#libs/graph';
import { play } from '../../testing/play-run.js';
import { orders, payments, severe } from '../../testing/prompts.js';

const types = (graph: WorkflowGraph) => graph.nodes.map((node) => node.type);
const joins = (graph: WorkflowGraph) =>
  graph.edges.map(({ source, target, branch }) => `${source}${branch ? ` ${branch}` : ''} > ${target}`);

function edit(first: string, second: string) {
  const before = play(first).graph;
  const run = play(second, before);
  expect(severe(run.graph)).toEqual([]);
  expect(run.failures).toEqual([]);
  return { before, after: run.graph, text: run.texts.at(-1) ?? '' };
}

describe('a follow-up prompt', () => {
  it('renames a step', () => {
    const { before, after } = edit(orders, 'Rename the email step to "Tell sales"');
    expect(after.nodes.find(({ type }) => type === 'action.email')?.label).toBe('Tell sales');
    expect(joins(after)).toEqual(joins(before));
  });

  it('removes a step, connects its neighbours and leaves no reference to it', () => {
    const { after } = edit(orders, 'Remove the summary');
    expect(types(after)).toEqual(['trigger.schedule', 'action.database', 'action.email']);
    expect(joins(after)).toContain('readOrders > sendEmail');
    expect(JSON.stringify(after.nodes)).not.toContain('nodes.summarise');
  });

  it('removes with a decision what only its other branches led to', () => {
    const { after } = edit('When a form is submitted, ask a person for approval, send an email', 'Remove the approval');
    expect(types(after)).toEqual(['trigger.form', 'action.email']);
  });

  it('puts another step in the place of one', () => {
    const { after } = edit(orders, 'Replace the email with a Teams message');
    expect(types(after)).toEqual(expect.arrayContaining(['action.teams']));
    expect(types(after)).not.toContain('action.email');
    expect(joins(after)).toContain('summarise > teams');
  });

  it('adds a step before another', () => {
    const { after } = edit(orders, 'Add a wait before the email');
    expect(joins(after)).toEqual(expect.arrayContaining(['summarise > wait', 'wait > sendEmail']));
    expect(joins(after)).not.toContain('summarise > sendEmail');
  });

  it('adds a step after another', () => {
    const { after } = edit(orders, 'Add a translation after the summary');
    expect(joins(after)).toEqual(expect.arrayContaining(['summarise > translate', 'translate > sendEmail']));
  });

  it('adds a step at the end when no place is named, and says that it is a sketch', () => {
    const { after, text } = edit(orders, 'Also send a Telegram message');
    expect(joins(after)).toContain('sendEmail > telegram');
    expect(text).toContain('rough sketch');
  });

  it.each(['make it pop', 'Remove the start', 'Rename', 'Add qwxzy before the email', 'Replace it'])(
    'changes nothing and says what can be asked for when it does not understand: %s',
    (prompt) => {
      const { before, after, text } = edit(payments, prompt);
      expect(after).toEqual(before);
      expect(text).toMatch(/I can add a step/);
    },
  );
});
