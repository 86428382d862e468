import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId, type SessionId } from '#libs/contracts';
import type { Accounts } from '#libs/persistence';
import { ProofWatch } from './proof-watch.service.js';
import { localViewer, type Viewer } from './viewer-authentication.service.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function viewerOf(id: SessionId): Viewer {
  return { userId: newId('user'), via: 'session', scopes: ['READ'], proof: { kind: 'session', id } };
}

/** A watch over sessions that the test ends. */
function watchOf() {
  const ended = new Set<SessionId>();
  const asked: number[] = [];
  const answers = { fails: false };
  const lasting = async (ids: readonly SessionId[]) => {
    asked.push(ids.length);
    if (answers.fails) throw new Error('Postgres is away.');
    return new Set(ids.filter((id) => !ended.has(id)));
  };
  const watch = new ProofWatch({ lasting } as unknown as Accounts);
  return { watch, ended, asked, answers };
}

describe('the watch over identities', () => {
  it('ends everything that is open under one, once, within five seconds', async () => {
    const { watch, ended } = watchOf();
    const [one, other] = [newId('session'), newId('session')];
    const calls: string[] = [];
    watch.watch(viewerOf(one), () => calls.push('a'));
    watch.watch(viewerOf(one), () => calls.push('b'));
    watch.watch(viewerOf(other), () => calls.push('c'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toEqual([]);
    ended.add(one);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toEqual(['a', 'b']);
  });

  it('asks nothing while nothing is open, nor for the local user', async () => {
    const { watch, asked } = watchOf();
    watch.watch(localViewer, () => expect.unreachable());
    watch.watch(viewerOf(newId('session')), () => expect.unreachable())();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual([]);
  });

  it('goes on after a check that failed', async () => {
    const { watch, ended, answers } = watchOf();
    const id = newId('session');
    const calls: string[] = [];
    watch.watch(viewerOf(id), () => calls.push('a'));
    answers.fails = true;
    ended.add(id);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toEqual([]);
    answers.fails = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toEqual(['a']);
  });
});
