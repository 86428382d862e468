import { beforeEach, describe, expect, it } from 'vitest';
import type { UIMessageChunk } from '#libs/contracts';
import { Semaphore } from './semaphore.js';
import { StreamedStep } from './streamed-step.js';
import { ToolCallIds } from './tool-call-ids.js';

const started: UIMessageChunk = { type: 'start-step' };
const delta = (text: string): UIMessageChunk => ({ type: 'text-delta', id: '0', delta: text });

let sent: UIMessageChunk[];
let lock: Semaphore;
let attempt: AbortController;
beforeEach(() => {
  sent = [];
  lock = new Semaphore(1);
  attempt = new AbortController();
});

function begun(): StreamedStep {
  const step = new StreamedStep({
    lock,
    toolCallIds: new ToolCallIds([]),
    get nextIndex() {
      return sent.length;
    },
    chunks: (chunks) => {
      sent.push(...chunks);
      return [...chunks];
    },
  });
  step.begin(attempt.signal);
  return step;
}

describe('a streamed step', () => {
  it('sends its chunks at once when nobody else holds the lock', () => {
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    expect(sent).toEqual([started, delta('a')]);
  });

  it('sends what has gathered once it holds the lock, in order', async () => {
    const other = lock.acquire();
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    other.release();
    step.add(delta('b'));
    await step.complete();
    expect(sent).toEqual([started, delta('a'), delta('b')]);
  });

  it('sends nothing once its attempt has ended, although it gets the lock', async () => {
    const other = lock.acquire();
    const step = begun();
    step.add(started);
    attempt.abort();
    other.release();
    await step.complete();
    expect(() => step.add(delta('a'))).toThrow('aborted');
    expect(sent).toEqual([]);
  });

  it('goes to the end of the line when a try fails that nobody was shown', async () => {
    const first = lock.acquire();
    const step = begun();
    step.add(started);
    const second = lock.acquire();
    step.fail();
    step.takeBack();
    step.begin(attempt.signal);
    step.add(started);
    step.add(delta('b'));
    first.release();
    expect(second.isHeld).toBe(true);
    second.release();
    expect(await step.complete()).toEqual({ from: 0, to: 2 });
    expect(sent).toEqual([started, delta('b')]);
  });

  it('keeps the lock through a failed try that was shown, and opens its step once', async () => {
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    step.fail();
    const other = lock.acquire();
    step.takeBack();
    step.begin(attempt.signal);
    step.add(started);
    step.add(delta('b'));
    expect(await step.complete()).toEqual({ from: 0, to: 4 });
    expect(sent).toEqual([started, delta('a'), { type: 'reset-step' }, delta('b')]);
    expect(other.isHeld).toBe(false);
    step.release();
    expect(other.isHeld).toBe(true);
  });
});
