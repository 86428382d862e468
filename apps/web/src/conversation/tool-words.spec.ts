import { describe, expect, it } from 'vitest';
import { type ToolPhase, toolWords } from './tool-words.js';

const labels: Record<string, string> = { stripe: 'Payment failed', slack: 'Tell #billing' };

function say(name: string, input: unknown, phase: ToolPhase = 'done', output: unknown = undefined): string {
  const { title, subject } = toolWords({ name, phase, input, output }, (id) => labels[id]);
  return subject ? `${title}: ${subject}` : title;
}

describe('toolWords', () => {
  it('says what was added, by the labels that people see', () => {
    expect(say('addNodes', { nodes: [{ label: 'Slack' }, { label: 'Email' }] })).toBe('Added 2 steps: Slack, Email');
    expect(say('addNodes', { nodes: [{ label: 'Slack' }] }, 'running')).toBe('Adding 1 step: Slack');
  });

  it('names connected and changed nodes by their labels', () => {
    expect(say('connectNodes', { edges: [{ source: 'stripe', target: 'slack' }] })).toBe(
      'Made 1 connection: Payment failed → Tell #billing',
    );
    expect(say('updateNode', { id: 'slack' })).toBe('Changed a step: Tell #billing');
    expect(say('removeNodes', { ids: ['slack', 'gone'] })).toBe('Removed 2 steps: Tell #billing, Gone');
  });

  it('tells how a check ended', () => {
    expect(say('validateGraph', {}, 'done', { ok: true, issues: [] })).toBe('Checked the workflow: no problems');
    expect(say('validateGraph', {}, 'done', { ok: false, issues: [{}, {}] })).toBe('Checked the workflow: 2 findings');
    const issues = [{ severity: 'INFO' }, { severity: 'WARNING' }, { severity: 'INFO' }];
    expect(say('validateGraph', {}, 'done', { ok: true, issues })).toBe('Checked the workflow: 1 warning, 2 notes');
  });

  it('survives input that is half-written or malformed', () => {
    expect(say('addNodes', undefined, 'running')).toBe('Adding steps');
    expect(say('addNodes', { nodes: [null, 3, { label: '' }] }, 'running')).toBe('Adding 3 steps');
    expect(say('connectNodes', { edges: 'no' }, 'running')).toBe('Making connections');
    expect(say('updateNode', [1], 'running')).toBe('Changing a step');
  });

  it('says that a call failed', () => {
    expect(say('addNodes', {}, 'failed')).toBe('Couldn’t add steps');
  });

  it('says what was not reached when the run was stopped', () => {
    expect(say('addNodes', { nodes: [{ label: 'Slack' }] }, 'stopped')).toBe('Stopped before steps were added');
    expect(say('bookFlight_now', {}, 'stopped')).toBe('Stopped: Book flight now');
  });

  it('spells out tools that it does not know', () => {
    expect(say('bookFlight_now', {})).toBe('Book flight now');
  });

  it.each(['__proto__', 'constructor', 'toString'])('has words, and nothing else, for a tool named %s', (name) => {
    for (const phase of ['running', 'done', 'stopped', 'failed'] as const) {
      expect(toolWords({ name, phase, input: {}, output: {} }, () => undefined)).toEqual({
        title: expect.any(String),
        subject: null,
      });
    }
  });
});
