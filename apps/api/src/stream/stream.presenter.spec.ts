import { describe, expect, it } from 'vitest';
import { type AppendableEvent, type Cursor, decodeCursor, newId } from '#libs/contracts';
import { StoredChunks } from '#libs/stream';
import { stringifyWithPreserialised } from './preserialised-json.js';
import { presentEvents, textDeltaOf } from './stream.presenter.js';

const workflowId = newId('workflow');
const runId = newId('run');
const batch = { workflowId, ownerId: newId('user'), cursor: '2-7' as Cursor, caughtUp: true };
const at = '2026-11-20T10:00:00.000Z';

describe('presenting batches of the stream', () => {
  it('gives the place after the batch as an opaque cursor of this workflow', () => {
    const { cursor, caughtUp } = presentEvents(batch, []);
    expect(decodeCursor(workflowId, cursor)).toEqual({ kind: 'cursor', cursor: '2-7' });
    expect(caughtUp).toBe(true);
  });

  it('joins text deltas and nothing else', () => {
    expect(
      textDeltaOf([
        { type: 'start-step' },
        { type: 'text-delta', id: '0', delta: 'a' },
        { type: 'reasoning-delta', id: '1', delta: 'hidden' },
        { type: 'text-delta', id: '0', delta: 'b' },
      ]),
    ).toBe('ab');
  });

  it('passes stored chunks on unread, and reads them for whoever asks for their deltas', () => {
    const present = (items: string) => {
      const entry = `[{"type":"chunks","messageId":"msg_1","runId":"run_1","chunks":[${items}]}]`;
      const [event] = presentEvents(batch, [StoredChunks.ofEntry(entry, 1) as StoredChunks]).events;
      if (event?.__typename !== 'MessageChunks') throw new Error('No chunks were presented.');
      return event;
    };
    const unread = present('not JSON');
    expect(stringifyWithPreserialised({ chunks: unread.chunks })).toBe('{"chunks":[not JSON]}');
    expect(() => unread.textDelta).toThrow(SyntaxError);
    expect(present('{"type":"text-delta","id":"0","delta":"a"}').textDelta).toBe('a');
  });

  it('locks the prompt while a run goes on and unlocks it with the terminal event', () => {
    const running: AppendableEvent = {
      type: 'status',
      runId,
      status: 'GENERATING',
      runStatus: 'RUNNING',
      error: null,
      terminal: false,
      at,
    };
    const ended: AppendableEvent = { ...running, status: 'IDLE', runStatus: 'SUCCEEDED', terminal: true };
    const { events } = presentEvents(batch, [running, ended]);
    expect(events).toMatchObject([
      { __typename: 'StatusChanged', promptLock: { reason: 'GENERATING', runId, since: at }, terminal: false },
      { __typename: 'StatusChanged', promptLock: null, terminal: true },
    ]);
  });

  it('does not name a run that has ended as the one that holds the lock', () => {
    const ended: AppendableEvent = {
      type: 'status',
      runId,
      status: 'GENERATING',
      runStatus: 'SUCCEEDED',
      error: null,
      terminal: true,
      at,
    };
    expect(presentEvents(batch, [ended]).events).toMatchObject([{ promptLock: { reason: 'GENERATING', runId: null } }]);
  });

  it('keeps events in order', () => {
    const events: AppendableEvent[] = [
      { type: 'attempt-failed', runId, attempt: 1, message: 'x', willRetry: true, nextRetryAt: at },
      {
        type: 'graph',
        revision: 2,
        upsertNodes: [],
        removeNodeIds: [],
        upsertEdges: [],
        removeEdgeIds: [],
        issues: [],
      },
    ];
    expect(presentEvents(batch, events).events.map((event) => event.__typename)).toEqual([
      'AttemptFailed',
      'GraphPatched',
    ]);
  });
});
