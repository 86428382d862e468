import { describe, it } from 'vitest';
import { limits } from '#libs/contracts';
import { expectLinear } from '../../../test/support/hostile-texts.js';
import { playAgent } from './agents/play-agent.js';
import { type Conversation, readable } from './conversation.js';
import { stripDirectives } from './faults/directives.js';
import { splitArguments, splitIntoWords } from './model-turn.js';
import { planMove } from './planner/plan-move.js';
import { titleFor } from './planner/title.js';

const existing = JSON.stringify({
  nodes: [
    { id: 'start', type: 'trigger.schedule', label: 'Every Monday', parameters: { cron: '0 8 * * 1' } },
    { id: 'tell', type: 'action.slack', label: 'Tell the team', parameters: { channel: '#a', text: 'Hi' } },
  ],
  edges: [{ source: 'start', target: 'tell' }],
});

function asking(text: string, tools: readonly string[], graph = '{"nodes":[],"edges":[]}'): Conversation {
  return {
    api: 'chat',
    model: 'm',
    instructions: `<current-graph>\n${graph}\n</current-graph>`,
    items: [{ kind: 'user', text }],
    tools: tools.map((name) => ({ name, description: '', parameters: {} })),
    outputFormat: null,
    stream: false,
    wantsReasoningSummary: false,
    wantsEncryptedReasoning: false,
    wantsUsage: false,
  };
}

/** Words that the planner's patterns look for. */
const units = [
  ...['a, ', 'a: ', 'monday, ', 'when a ', 'if a then ', 'every day at 8 ', 'between 1 and ', 'rename a to ', '→ '],
  ...['for each a ', 'email a ', 'send a to ', 'replace a with ', 'only a if ', 'from a to ', 'a and ', 'under €1,000'],
  ...['before the ', 'after a ', 'approve ', '12:30 ', 'call it "', 'as either ', 'Flight: a', '1) ', '10% ', '[[sim:'],
];
const bounds = { units, mostMs: 500 };
const builder = ['addNodes', 'connectNodes'];

describe('the time for a prompt of the largest size is bounded', { timeout: 180_000 }, () => {
  it('when a workflow is planned from it', () => {
    expectLinear(limits.promptChars, (text) => planMove(asking(text, builder), { invalidRounds: 0 }), bounds);
  });

  it('when it changes a workflow', () => {
    expectLinear(limits.promptChars, (text) => planMove(asking(text, builder, existing), { invalidRounds: 0 }), bounds);
  });

  it.each([['saveDraft'], ['takeNote'], ['chooseFlight'], ['anything']])('when the agent with %s gets it', (tool) => {
    expectLinear(limits.promptChars, (text) => playAgent(asking(text, [tool]), readable(text)), bounds);
  });

  it('when it is cleaned, searched for faults, named and sent back', () => {
    expectLinear(limits.promptChars, (text) => [stripDirectives(text), titleFor(readable(text))], bounds);
    expectLinear(limits.promptChars, (text) => [splitIntoWords(text), splitArguments(text)], bounds);
  });
});
