import { describe, expect, it } from 'vitest';
import type { MessagePart, MessageState } from '#libs/client';
import { progressNow, progressOf } from './progress.js';

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

describe('progressNow', () => {
  const said = { text: 'Writing a draft', percent: null };
  const working = { status: 'GENERATING', runStatus: 'RUNNING', beforeWait: null } as const;

  it('is what was said while the run works', () => {
    expect(progressNow(said, working)).toBe(said);
    expect(progressNow(said, { ...working, status: 'WAITING', runStatus: 'WAITING' })).toBe(said);
  });

  it('ends with its phase', () => {
    expect(progressNow(said, { ...working, runStatus: 'QUEUED' })).toBeNull();
    expect(progressNow(said, { ...working, status: 'COMPLETING', runStatus: 'COMPLETING' })).toBeNull();
    expect(progressNow(said, { ...working, beforeWait: 'Writing a draft' })).toBeNull();
    expect(progressNow({ text: 'Waiting for an approval', percent: null }, working)).toBeNull();
  });
});
