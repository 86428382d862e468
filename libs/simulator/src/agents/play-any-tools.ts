/**
 * The simulator for an unknown agent, such as one still being written: it calls each tool once with generated input, so
 * that the whole agent runs.
 */
import type { Conversation } from '../conversation.js';
import type { Move } from '../model-turn.js';
import { currentRound, NOT_A_MODEL } from './round.js';
import { sampleOf } from './sample-of-schema.js';

const MAX_CALLS = 3;

export function playAnyTools(conversation: Conversation, prompt: string): Move {
  const { uses } = currentRound(conversation);
  if (uses.length === 0) {
    const tools = conversation.tools.slice(0, MAX_CALLS);
    return {
      reasoning: 'I do not know this agent, so I try its tools with made-up input.',
      text: `I try ${tools.map((tool) => `\`${tool.name}\``).join(', ')} with made-up input.`,
      calls: tools.map(({ name, parameters }) => ({ name, arguments: sampleOf(parameters, prompt) ?? {} })),
    };
  }
  const worked = uses.filter((use) => use.output !== null).length;
  return { reasoning: '', text: `${worked} of ${uses.length} calls gave a result.\n\n${NOT_A_MODEL}`, calls: [] };
}
