import { afterEach, expect, it, vi } from 'vitest';
import { FencedError } from './errors.js';
import { MessageStream } from './message-stream.js';
import { MemoryCommands } from './testing/memory-commands.js';
import { MemoryRunStore } from './testing/memory-run-store.js';
import { MemoryWorkflowStream } from './testing/memory-workflow-stream.js';
import { timings } from './timings.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A message with a chunk that the next tick of its timer is to store. */
async function startMessage() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const store = new MemoryRunStore();
  const claimed = await store.claimRun(new MemoryCommands(store).submit({ agent: 'probe', prompt: 'Go' }).id);
  if (claimed.kind !== 'claimed') throw new Error('The run could not be claimed.');
  const onFailure = vi.fn();
  const listener = { onFailure, onUnfoldable: () => undefined };
  const message = await MessageStream.open(claimed.run, store, new MemoryWorkflowStream(), listener);
  message.chunks([{ type: 'start-step' }]);
  await message.flush();
  const tick = async () => {
    vi.advanceTimersByTime(timings.checkpointMs);
    await message.stop();
  };
  return { store, message, onFailure, tick };
}

it('reports a checkpoint that cannot be made, and does not throw out of its timer', async () => {
  const { message, onFailure, tick } = await startMessage();
  const broken = new Error('This cannot be packed.');
  vi.spyOn(message, 'checkpoint').mockImplementation(() => {
    throw broken;
  });
  await tick();
  expect(onFailure.mock.calls).toEqual([[broken]]);
});

it('reports a lost claim, but no trouble that may pass', async () => {
  for (const [error, reported] of [
    [new FencedError('It is lost.'), 1],
    [new Error('The store is away.'), 0],
  ] as const) {
    const { store, onFailure, tick } = await startMessage();
    const asked = vi.spyOn(store, 'checkpoint').mockRejectedValue(error);
    await tick();
    expect(asked).toHaveBeenCalledOnce();
    expect(onFailure).toHaveBeenCalledTimes(reported);
  }
});
