import { beforeEach, describe, expect, it } from 'vitest';
import type { UIMessageChunk } from '#libs/contracts';
import { MessageTurns } from './message-turns.js';
import { StreamedStep } from './streamed-step.js';
import { ToolCallIds } from './tool-call-ids.js';

const started: UIMessageChunk = { type: 'start-step' };
const delta = (text: string): UIMessageChunk => ({ type: 'text-delta', id: '0', delta: text });

let sent: UIMessageChunk[];
let turns: MessageTurns;
let attempt: AbortController;
beforeEach(() => {
  sent = [];
  turns = new MessageTurns();
  attempt = new AbortController();
});

function begun(): StreamedStep {
  const step = new StreamedStep({
    turns,
    toolCallIds: new ToolCallIds([]),
    chunks: (chunks) => {
      sent.push(...chunks);
      return [...chunks];
    },
  });
  step.begin(attempt.signal);
  return step;
}

describe('a streamed step', () => {
  it('sends its chunks at once when nobody else has the turn', () => {
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    expect(sent).toEqual([started, delta('a')]);
  });

  it('sends what has gathered when its turn comes, in order', async () => {
    const other = turns.join();
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    other.leave();
    step.add(delta('b'));
    await step.complete();
    expect(sent).toEqual([started, delta('a'), delta('b')]);
  });

  it('sends nothing once its attempt has ended, although its turn comes', async () => {
    const other = turns.join();
    const step = begun();
    step.add(started);
    attempt.abort();
    other.leave();
    await step.complete();
    expect(() => step.add(delta('a'))).toThrow('aborted');
    expect(sent).toEqual([]);
  });

  it('goes to the end of the line when a try fails that nobody was shown', async () => {
    const first = turns.join();
    const step = begun();
    step.add(started);
    const second = turns.join();
    step.fail();
    step.takeBack();
    step.begin(attempt.signal);
    step.add(started);
    step.add(delta('b'));
    first.leave();
    expect(second.hasCome).toBe(true);
    second.leave();
    expect(await step.complete()).toEqual([started, delta('b')]);
    expect(sent).toEqual([started, delta('b')]);
  });

  it('keeps the turn through a failed try that was shown, and opens its step once', async () => {
    const step = begun();
    step.add(started);
    step.add(delta('a'));
    step.fail();
    const other = turns.join();
    step.takeBack();
    step.begin(attempt.signal);
    step.add(started);
    step.add(delta('b'));
    expect(await step.complete()).toEqual([started, delta('b')]);
    expect(sent).toEqual([started, delta('a'), { type: 'reset-step' }, delta('b')]);
    expect(other.hasCome).toBe(false);
    step.leave();
    expect(other.hasCome).toBe(true);
  });
});
