import type { ModelMessage, ToolResultPart } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastOutput, outputsOf } from './tool-outputs.js';

const schema = z.object({ saved: z.literal(true), text: z.string() });

function answered(toolName: string, output: ToolResultPart['output']): ModelMessage {
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_1', toolName, output }] };
}

const saved = (text: string) => answered('saveDraft', { type: 'json', value: { saved: true, text } });
const messages: ModelMessage[] = [
  { role: 'user', content: 'saveDraft' },
  saved('one'),
  answered('saveDraft', { type: 'json', value: { saved: false } }),
  saved('two'),
  answered('saveDraft', { type: 'error-text', value: 'It took too long.' }),
  answered('countCharacters', { type: 'json', value: { saved: true, text: 'not a draft' } }),
];

describe('what tools answered', () => {
  it('is read in order, without refusals, failures and other tools', () => {
    expect(outputsOf(messages, 'saveDraft', schema).map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('counts by its newest fitting answer, if there is one', () => {
    expect(lastOutput(messages, 'saveDraft', schema)?.text).toBe('two');
    expect(lastOutput(messages.slice(4), 'saveDraft', schema)).toBeNull();
    expect(lastOutput([], 'saveDraft', schema)).toBeNull();
  });
});
