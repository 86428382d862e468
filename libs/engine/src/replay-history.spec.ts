import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { ReplayStalledError } from './errors.js';
import type { AskedStep, StoredStep } from './ports/run-store.port.js';
import { ReplayHistory } from './replay-history.js';

const identity = (name: string) => ({ name, occurrence: 0, kind: 'FUNCTION', inputHash: 'hash' }) as const;
const stored = (name: string): StoredStep => ({
  ...identity(name),
  id: newId('step'),
  output: name,
  error: null,
});
const asked = (name: string, after: number): AskedStep => ({ name, occurrence: 0, after });
const patience = { replayDivergedMs: 50, replayStallMs: 150 };

/** An agent that asked for "slow" and "one" at the start, and for "two" once it had "one". "slow" was never finished. */
const unfinished = () =>
  new ReplayHistory([stored('one'), stored('two')], [asked('slow', 0), asked('one', 0), asked('two', 1)], patience);

describe('the history of a run, replayed', () => {
  it('waits for a branch that takes its time, while another may rightly wait for what history does not hold', async () => {
    const history = unfinished();
    const slow = history.take(identity('slow'));
    expect(await history.take(identity('one'))).toMatchObject({ output: 'one' });
    await delay(2 * patience.replayDivergedMs);
    expect(await history.take(identity('two'))).toMatchObject({ output: 'two' });
    expect(await slow).toBeNull();
  });

  it('calls it a stall, and not another path, when that branch never gets there', async () => {
    const history = unfinished();
    const slow = history.take(identity('slow'));
    slow.catch(() => undefined);
    await history.take(identity('one'));
    await expect(slow).rejects.toBeInstanceOf(ReplayStalledError);
    await expect(slow).rejects.toThrow('"two"');
  });

  it.each([
    ['nobody had asked for before', 'other'],
    ['the agent had asked for only when it had seen more', 'two'],
  ])('calls it another path when the agent waits for a step that %s, and names both', async (_when, name) => {
    const history = new ReplayHistory([stored('one'), stored('two')], [asked('one', 0), asked('two', 1)], {
      ...patience,
      replayStallMs: 60_000,
    });
    await expect(history.take(identity(name))).rejects.toMatchObject({
      code: 'NON_DETERMINISTIC',
      message: expect.stringMatching(new RegExp(`"${name}".*"one"`)),
    });
  });

  it('says at once that the agent cannot get to what it asked for after a failure that a retry has taken back', async () => {
    const history = new ReplayHistory([stored('undo')], [asked('book', 0), asked('undo', 1)], {
      ...patience,
      replayStallMs: 60_000,
    });
    await expect(history.take(identity('book'))).rejects.toMatchObject({
      code: 'NON_DETERMINISTIC',
      message: expect.stringMatching(/"undo" after "book" had failed/),
    });
  });

  it('has no limit for an agent that waits for no step', async () => {
    const history = unfinished();
    await history.take(identity('one'));
    await delay(2 * patience.replayStallMs);
    expect(await history.take(identity('two'))).toMatchObject({ output: 'two' });
    history.assertConsumed();
    expect(await history.take(identity('three'))).toBeNull();
  });
});
