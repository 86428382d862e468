import type { ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { countCalls } from './unusable-calls.js';

type Output = Extract<Extract<ModelMessage, { role: 'tool' }>['content'][number], { type: 'tool-result' }>['output'];

const result = (output: Output): ModelMessage => ({
  role: 'tool',
  content: [{ type: 'tool-result', toolCallId: 'call', toolName: 'addNodes', output }],
});

describe('the calls of a model', () => {
  it('are unusable when they failed or left problems, and only then', () => {
    const messages: ModelMessage[] = [
      { role: 'user', content: 'Build it' },
      result({ type: 'json', value: { added: ['a'], problems: [] } }),
      result({ type: 'json', value: { added: [], problems: [{ message: 'No such type.' }] } }),
      result({ type: 'json', value: [{ type: 'action.slack' }] }),
      result({ type: 'error-text', value: 'There is no tool "launchRocket".' }),
    ];
    expect(countCalls(messages)).toEqual({ all: 4, unusable: 2 });
  });

  it('are none in a conversation without tools', () => {
    expect(countCalls([{ role: 'user', content: 'Build it' }])).toEqual({ all: 0, unusable: 0 });
  });
});
