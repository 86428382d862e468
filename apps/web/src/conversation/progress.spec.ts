import { describe, expect, it } from 'vitest';
import type { MessagePart, MessageState } from '#libs/client';
import { progressOf } from './progress.js';

function message(role: MessageState['role'], ...parts: MessagePart[]): MessageState {
  return { id: 'msg_1', role, runId: null, parts, complete: false, createdAt: null };
}

const said = (text: unknown, percent: unknown = null): MessagePart => ({
  type: 'data-progress',
  data: { text, percent },
});

describe('progressOf', () => {
  it('takes the newest of several', () => {
    expect(progressOf(message('assistant', said('Reading', 10), said('Writing', 60)))).toEqual({
      text: 'Writing',
      percent: 60,
    });
  });

  it('has nothing to say about other messages and malformed parts', () => {
    expect(progressOf(undefined)).toBeNull();
    expect(progressOf(message('user', said('Reading')))).toBeNull();
    expect(progressOf(message('assistant'))).toBeNull();
    expect(progressOf(message('assistant', said(42)))).toBeNull();
    expect(progressOf(message('assistant', said('Reading', 'much')))).toEqual({ text: 'Reading', percent: null });
  });
});
