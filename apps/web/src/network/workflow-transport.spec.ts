import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  InMemoryCache,
  Observable,
  ServerError,
} from '@apollo/client';
import { describe, expect, it } from 'vitest';
import type { ReceivedBatch, TransportLoss } from '#libs/client';
import type { CloseWatch } from './apollo-client.js';
import { createWorkflowTransport } from './workflow-transport.js';

type Answer = (observer: {
  next: (result: ApolloLink.Result) => void;
  error: (error: unknown) => void;
  complete: () => void;
}) => void;

function transportWith(answer: Answer, close: CloseWatch = { code: null, reason: '' }) {
  const link = new ApolloLink(() => new Observable((observer) => answer(observer)));
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  return createWorkflowTransport({ client, lastClose: () => close });
}

const refusal = (code: string, retryable: boolean) =>
  new CombinedGraphQLErrors({ errors: [{ message: 'No.', extensions: { code, retryable } }] });

function lossAfter(answer: Answer, close?: CloseWatch): Promise<TransportLoss> {
  return new Promise((resolve) => {
    const sink = { next: () => undefined, lost: resolve };
    transportWith(answer, close).subscribe({ workflowId: 'wf_1', cursor: 'c' }, sink);
  });
}

describe('a subscription', () => {
  it('delivers batches in the session’s own shapes, without what the page does not show', async () => {
    const chunks = [{ type: 'text-delta', id: 't', delta: 'x' }];
    const events = [
      { __typename: 'MessageChunks', messageId: 'msg_1', runId: 'run_1', chunks },
      { __typename: 'HookChanged' },
      {
        __typename: 'StatusChanged',
        statusRunId: 'run_1',
        status: 'IDLE',
        runStatus: 'SUCCEEDED',
        promptLock: null,
        error: null,
        terminal: true,
      },
    ];
    const batch = { __typename: 'StreamBatch', cursor: 'c2', caughtUp: true, events };
    const transport = transportWith((observer) => observer.next({ data: { workflowStream: batch } }));
    const received = await new Promise<ReceivedBatch>((resolve) => {
      transport.subscribe({ workflowId: 'wf_1', cursor: 'c1' }, { next: resolve, lost: () => undefined });
    });
    expect(received).toEqual({
      cursor: 'c2',
      caughtUp: true,
      events: [
        { type: 'chunks', messageId: 'msg_1', runId: 'run_1', chunks },
        {
          type: 'status',
          runId: 'run_1',
          status: 'IDLE',
          runStatus: 'SUCCEEDED',
          promptLock: null,
          error: null,
          terminal: true,
        },
      ],
    });
  });

  it('comes back when the server ends it or the socket closes', async () => {
    expect((await lossAfter((observer) => observer.complete())).kind).toBe('retryable');
    const closed = await lossAfter((observer) => observer.error(new Error('Socket closed')), {
      code: 1012,
      reason: '',
    });
    expect(closed.kind).toBe('retryable');
  });

  it('gives up when the socket was closed with a refusal', async () => {
    const close = { code: 4403, reason: 'Forbidden' };
    const loss = await lossAfter((observer) => observer.error(new Error('Socket closed')), close);
    expect(loss).toEqual({ kind: 'fatal', message: 'Forbidden' });
  });

  it('tells a missing workflow from a refusal and from a passing failure', async () => {
    const kindFor = (code: string, retryable: boolean) =>
      lossAfter((observer) => observer.error(refusal(code, retryable))).then((loss) => loss.kind);
    expect(await kindFor('NOT_FOUND', false)).toBe('not-found');
    expect(await kindFor('UNAVAILABLE', true)).toBe('retryable');
    expect(await kindFor('LIMIT_EXCEEDED', false)).toBe('fatal');
  });

  it('says nothing more after it was ended', async () => {
    let fail: (error: unknown) => void = () => undefined;
    const losses: TransportLoss[] = [];
    const end = transportWith((observer) => {
      fail = (error) => observer.error(error);
    }).subscribe({ workflowId: 'wf_1', cursor: 'c' }, { next: () => undefined, lost: (loss) => losses.push(loss) });
    end();
    fail(new Error('late'));
    end();
    expect(losses).toEqual([]);
  });
});

describe('reading a workflow', () => {
  it('answers null when there is none', async () => {
    const transport = transportWith((observer) => {
      observer.next({ data: { workflow: null } });
      observer.complete();
    });
    expect(await transport.loadWorkflow('wf_1')).toBeNull();
  });

  it('says what to do about a failure', async () => {
    const failing = (error: Error) => transportWith((observer) => observer.error(error)).loadWorkflow('wf_1');
    const refused = new ServerError('Bad request', { response: new Response(null, { status: 400 }), bodyText: '' });
    const broken = new ServerError('Unavailable', { response: new Response(null, { status: 503 }), bodyText: '' });
    await expect(failing(refused)).rejects.toMatchObject({ loss: { kind: 'fatal' } });
    await expect(failing(broken)).rejects.toMatchObject({ loss: { kind: 'retryable' } });
    await expect(failing(new TypeError('Failed to fetch'))).rejects.toMatchObject({ loss: { kind: 'retryable' } });
  });
});
