import type { Client, Sink } from 'graphql-ws/client';
import { describe, expect, it, vi } from 'vitest';
import { NetworkError, RequestError } from './errors.js';
import { createGraphqlTransport } from './graphql-transport.js';
import type { ReceivedBatch, TransportLoss } from './workflow-transport.port.js';

/** A socket that sends its subscriber what the test says. */
function scripted(loadWorkflow = () => Promise.resolve(null)) {
  let sink: Sink<{ data?: unknown; errors?: unknown }> | undefined;
  const end = vi.fn();
  const socket = {
    subscribe: (_payload: unknown, given: Sink<{ data?: unknown; errors?: unknown }>) => {
      sink = given;
      return end;
    },
  } as unknown as Client;
  const transport = createGraphqlTransport({ loadWorkflow, loadMessages: () => Promise.resolve(null), socket });
  const losses: TransportLoss[] = [];
  const batches: ReceivedBatch[] = [];
  const stop = transport.subscribe(
    { workflowId: 'wf_1', cursor: 'c' },
    { next: (batch) => batches.push(batch), lost: (loss) => losses.push(loss) },
  );
  if (!sink) throw new Error('Nothing was subscribed to.');
  return { sink, end, stop, losses, batches, transport };
}

const lossAfter = (tell: (sink: Sink<{ data?: unknown; errors?: unknown }>) => void) => {
  const { sink, losses } = scripted();
  tell(sink);
  return losses[0];
};
const refusal = (code: string, retryable: boolean) => [{ message: 'No.', extensions: { code, retryable } }];

describe('a subscription', () => {
  it('is given up when its first batch does not come within 20 seconds, and has no deadline after that', () => {
    vi.useFakeTimers();
    try {
      const silent = scripted();
      const answered = scripted();
      answered.sink.next({ data: { workflowStream: { cursor: 'c2', caughtUp: true, events: [] } } });
      const left = scripted();
      left.stop();
      vi.advanceTimersByTime(19_999);
      expect(silent.losses).toEqual([]);
      vi.advanceTimersByTime(60_000);
      expect(silent.losses).toMatchObject([{ kind: 'retryable' }]);
      expect(silent.end).toHaveBeenCalled();
      expect([...answered.losses, ...left.losses]).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('delivers batches in the shapes of a session and drops events that it does not know', () => {
    const { sink, batches } = scripted();
    const chunks = [{ type: 'text-delta', id: 't', delta: 'x' }];
    const unanswered = { payload: null, expiresAt: null, resolvedAt: null, resolvedBy: null };
    const hook = { id: 'hook_1', name: 'publish', title: 'Publish?', status: 'WAITING', schema: {}, ...unanswered };
    const status = { status: 'IDLE', runStatus: 'SUCCEEDED', promptLock: null, error: null, terminal: true };
    const events = [
      { __typename: 'MessageChunks', messageId: 'msg_1', runId: 'run_1', chunks },
      { __typename: 'SomethingNew' },
      { __typename: 'HookChanged', hook },
      { __typename: 'StatusChanged', statusRunId: 'run_1', ...status },
    ];
    sink.next({ data: { workflowStream: { cursor: 'c2', caughtUp: true, events } } });
    expect(batches).toEqual([
      {
        cursor: 'c2',
        caughtUp: true,
        events: [
          { type: 'chunks', messageId: 'msg_1', runId: 'run_1', chunks },
          { type: 'hook', hook },
          { type: 'status', runId: 'run_1', ...status },
        ],
      },
    ]);
  });

  it('comes back when the server ends it, the socket closes or cannot be opened', () => {
    expect(lossAfter((sink) => sink.complete())?.kind).toBe('retryable');
    expect(lossAfter((sink) => sink.error({ code: 1012, reason: 'Service restart' }))?.kind).toBe('retryable');
    expect(lossAfter((sink) => sink.error(new Error('ECONNREFUSED')))?.kind).toBe('retryable');
  });

  it('gives up when the socket was closed with a refusal', () => {
    expect(lossAfter((sink) => sink.error({ code: 4403, reason: 'Forbidden' }))).toEqual({
      kind: 'fatal',
      message: 'Forbidden',
    });
  });

  it('tells a missing workflow from a refusal and from a passing failure', () => {
    const kindFor = (code: string, retryable: boolean) =>
      lossAfter((sink) => sink.error(refusal(code, retryable)))?.kind;
    expect(kindFor('NOT_FOUND', false)).toBe('not-found');
    expect(kindFor('UNAVAILABLE', true)).toBe('retryable');
    expect(kindFor('INTERNAL', false)).toBe('retryable');
    expect(kindFor('LIMIT_EXCEEDED', false)).toBe('fatal');
  });

  it('passes on how long the server wants to be left alone', () => {
    const busy = [{ message: 'No.', extensions: { code: 'UNAVAILABLE', retryable: true, retryAfterMs: 7_000 } }];
    expect(lossAfter((sink) => sink.error(busy))).toMatchObject({ kind: 'retryable', retryAfterMs: 7_000 });
  });

  it('ends a subscription that answered with errors', () => {
    const { sink, losses, end } = scripted();
    sink.next({ errors: refusal('UNAVAILABLE', true) });
    expect(losses.map((loss) => loss.kind)).toEqual(['retryable']);
    expect(end).toHaveBeenCalledOnce();
  });

  it('says nothing more after it was ended', () => {
    const { sink, stop, losses } = scripted();
    stop();
    sink.error(new Error('late'));
    expect(losses).toEqual([]);
  });
});

describe('reading a workflow', () => {
  it('says what to do about a failure', async () => {
    const lossOf = (error: Error) => scripted(() => Promise.reject(error)).transport.loadWorkflow('wf_1');
    const refused = new RequestError('No.', { code: 'BAD_USER_INPUT', retryable: false });
    const broken = new RequestError('Busy.', { code: 'UNAVAILABLE', retryable: true });
    await expect(lossOf(refused)).rejects.toMatchObject({ loss: { kind: 'fatal' } });
    await expect(lossOf(broken)).rejects.toMatchObject({ loss: { kind: 'retryable' } });
    await expect(lossOf(new NetworkError('gone'))).rejects.toMatchObject({ loss: { kind: 'retryable' } });
  });
});
