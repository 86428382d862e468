import { describe, expect, it } from 'vitest';
import { play } from '../../testing/play-run.js';
import { severe } from '../../testing/prompts.js';

const typesOf = (prompt: string) => play(prompt).graph.nodes.map(({ type }) => type);

describe('a prompt that no stored plan covers', () => {
  it('becomes the steps that the catalogue finds for its clauses, in the order of the text', () => {
    const { graph } = play(
      'When a form is submitted, translate the message, send a Telegram message and wait two hours',
    );
    expect(graph.nodes.map(({ type }) => type)).toEqual([
      'trigger.form',
      'ai.translate',
      'action.telegram',
      'logic.wait',
    ]);
    expect(graph.edges.map(({ source, target }) => `${source} > ${target}`)).toEqual([
      'form > translate',
      'translate > telegram',
      'telegram > wait',
    ]);
    expect(severe(graph)).toEqual([]);
  });

  it('says that it is a rough sketch by a simulator with example values', () => {
    expect(play('When a form is submitted, send a Telegram message').texts.at(-1)).toMatch(
      /rough sketch by a simulator.*example values/su,
    );
  });

  it('takes the start out of a clause that names a step as well', () => {
    expect(typesOf('Send an email every Friday')).toEqual(['trigger.schedule', 'action.email']);
  });

  it('starts by hand when the text names no start', () => {
    expect(typesOf('Send an email')).toEqual(['trigger.manual', 'action.email']);
  });

  it('names what the catalogue has no step for', () => {
    const text = play('When a form is submitted, send an email, then qwxzy the vrtlpf').texts.at(-1);
    expect(text).toContain('I don’t have a step for “Qwxzy the vrtlpf”.');
  });

  it('is one writing step when nothing at all is recognised', () => {
    expect(typesOf('qwxzy vrtlpf')).toEqual(['trigger.manual', 'ai.generate']);
  });

  it('leads on through the first branch of a decision and ends the others', () => {
    const { graph } = play('When a form is submitted, ask a person for approval, send an email');
    const approval = graph.nodes.find(({ type }) => type === 'logic.approval');
    const branches = graph.edges.filter(({ source }) => source === approval?.id).map(({ branch }) => branch);
    expect(branches).toContain('approved');
    expect(severe(graph)).toEqual([]);
  });

  it('stops after twelve parts and says so', () => {
    const run = play(`When a form is submitted, ${'send an email, '.repeat(30)}`);
    expect(run.graph.nodes.length).toBeLessThanOrEqual(13);
    expect(run.texts.at(-1)).toContain('only the first 12 parts');
  });
});
