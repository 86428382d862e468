import { describe, expect, it } from 'vitest';
import { closingChunks } from './message-parts.js';
import type { UIMessageChunk } from './stream-events.js';

const whole: UIMessageChunk[] = [
  { type: 'start', messageId: 'm' },
  { type: 'start-step' },
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-end', id: 'r' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'Hello' },
  { type: 'text-end', id: 't' },
  { type: 'tool-input-start', toolCallId: 'a', toolName: 'look' },
  { type: 'tool-input-available', toolCallId: 'a', toolName: 'look', input: {} },
  { type: 'tool-output-available', toolCallId: 'a', output: 1 },
];

describe('closingChunks', () => {
  it('adds nothing but the end to a message whose parts are closed', () => {
    expect(closingChunks(whole, 'other')).toEqual([{ type: 'finish', finishReason: 'other' }]);
  });

  it('closes open text, open reasoning and tools without a result', () => {
    const cut: UIMessageChunk[] = [
      ...whole,
      { type: 'reasoning-start', id: 'r' },
      { type: 'text-start', id: 't' },
      { type: 'tool-input-start', toolCallId: 'b', toolName: 'look' },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'look', input: {} },
      { type: 'tool-output-available', toolCallId: 'c', output: 1, preliminary: true },
    ];
    expect(closingChunks(cut, 'error')).toMatchObject([
      { type: 'reasoning-end', id: 'r' },
      { type: 'text-end', id: 't' },
      { type: 'tool-output-error', toolCallId: 'b' },
      { type: 'tool-output-error', toolCallId: 'c' },
      { type: 'finish', finishReason: 'error' },
    ]);
  });
});
