import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/contracts';
import { type Effect, FencedError, type OpenEpochEffect } from '#libs/engine';
import { EffectPerformer } from './effect-performer.js';

type Parts = ConstructorParameters<typeof EffectPerformer>;

const runId = newId('run');
const workflowId = newId('workflow');
const ownerId = newId('user');
const ends = [{ runId, epoch: 2, events: [] }];
const opening: OpenEpochEffect = { type: 'open-epoch', workflowId, epoch: 3, ends, events: [], closes: true };
const dispatch: Effect = { type: 'dispatch-run', runId, attempts: 1 };

afterEach(() => void vi.restoreAllMocks());

function performer() {
  const done: unknown[] = [];
  const does =
    (name: string) =>
    async (...args: unknown[]): Promise<void> =>
      void done.push([name, ...args]);
  const stream = {
    openAndClose: vi.fn(does('openAndClose')),
    open: async (granted: unknown) => {
      done.push(['open', granted]);
      return { append: does('append') };
    },
  };
  const effects = new EffectPerformer(
    { dispatch: does('dispatch') } as unknown as Parts[0],
    { announce: does('announce') } as unknown as Parts[1],
    { publishCancel: does('publishCancel') } as unknown as Parts[2],
    stream as unknown as Parts[3],
    { remove: does('remove') } as unknown as Parts[4],
    { markEndsPublished: does('markEndsPublished') } as unknown as Parts[5],
  );
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  return { effects, done, stream, warn };
}

describe('the effects of a command', () => {
  it('are performed in their order, behind the commit and behind the answer', async () => {
    const { effects, done } = performer();
    const committed = Promise.withResolvers<{ result: string; effects: Effect[] }>();
    const answer = effects.after(committed.promise);
    expect(done).toEqual([]);
    const announce: Effect = { type: 'workflow-changed', ownerId, workflowId, deleted: false };
    const events = [{ type: 'status' }] as never;
    const open = { ...opening, events, closes: false, ends: [] };
    committed.resolve({ result: 'answer', effects: [announce, { type: 'cancel-signal', runId }, open, dispatch] });
    expect(await answer).toBe('answer');
    expect(done.length).toBeLessThan(5);
    await effects.beforeApplicationShutdown();
    expect(done).toEqual([
      ['announce', ownerId, { workflowId, deleted: false }],
      ['publishCancel', runId],
      ['open', { workflowId, epoch: 3, reason: 'TAKEOVER', ends: [] }],
      ['append', events],
      ['dispatch', dispatch],
    ]);
  });

  it('do not happen when it is not committed', async () => {
    const { effects, done } = performer();
    await expect(effects.after(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(done).toEqual([]);
  });

  it('do not keep each other back, and one that fails is logged with what it was for', async () => {
    const { effects, done, stream, warn } = performer();
    const failure = new Error('Redis is away');
    stream.openAndClose.mockRejectedValueOnce(failure);
    effects.start([opening, dispatch]);
    await effects.beforeApplicationShutdown();
    expect(done).toEqual([['dispatch', dispatch]]);
    expect(warn.mock.calls).toEqual([[expect.objectContaining({ workflowId, epoch: 3, err: failure })]]);
  });

  it('are left to whoever has opened a later epoch', async () => {
    const { effects, done, stream, warn } = performer();
    stream.openAndClose.mockRejectedValueOnce(new FencedError('superseded'));
    effects.start([opening]);
    await effects.beforeApplicationShutdown();
    expect(done).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('one effect', () => {
  it('publishes terminal events before it records that they are', async () => {
    const { effects, done } = performer();
    await effects.perform(opening);
    expect(done).toEqual([
      ['openAndClose', { workflowId, epoch: 3, reason: 'TAKEOVER', ends }],
      ['markEndsPublished', ends],
    ]);
  });

  it('tells whoever repairs that it did not happen', async () => {
    const { effects, done, stream } = performer();
    stream.openAndClose.mockRejectedValueOnce(new Error('Redis is away'));
    await expect(effects.perform(opening)).rejects.toThrow('Redis is away');
    expect(done).toEqual([]);
  });
});
