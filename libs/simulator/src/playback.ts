/**
 * Sends one answer to the socket, delta by delta at a set rate, and stops where a fault requires it. Handles pacing,
 * backpressure and disconnected clients.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelTurn } from './model-turn.js';
import type { Ending, TurnEncoder, Usage } from './wire/turn-encoder.js';

export interface Interruption {
  kind: 'cut' | 'eof' | 'silent' | 'error' | 'length';
  /** Deltas sent before the interruption; an answer with fewer is interrupted just before its end. */
  after: number;
}

/** Destination of an answer. */
export interface Sink {
  /** Resolves when the socket accepts more; rejects with the signal's reason once the client has disconnected. */
  write(text: string): Promise<void>;
  end(): void;
  /** Resets the connection: the client sees an error, not an end. */
  reset(): void;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
}

interface PlaybackOptions {
  encoder: TurnEncoder;
  sink: Sink;
  /** Deltas per second; 0 sends as fast as the client reads. */
  deltasPerSecond: number;
  interruption: Interruption | undefined;
  /** Called with every delta, before it is written. */
  onDelta: (kind: ModelTurn['parts'][number]['type']) => void;
  onPartDone: (part: ModelTurn['parts'][number]) => void;
  usage: () => Usage;
}

/** Text buffered before each write when there is no rate to keep. */
const FLUSH_CHARS = 16 * 1024;
/** A reset may discard what the client has not read yet, so the client gets this long to read it. */
const BEFORE_RESET_MS = 30;

/** Sends the answer. Resolves when it was sent or interrupted; rejects when the client disconnected first. */
export async function playTurn(turn: ModelTurn, options: PlaybackOptions): Promise<void> {
  const { encoder, sink, interruption } = options;
  const pacer = new Pacer(options.deltasPerSecond, sink.signal);
  let pending = encoder.begin();
  let sent = 0;
  const flush = async () => {
    const text = pending;
    pending = '';
    if (text !== '') await sink.write(text);
  };
  const interrupted = async (kind: Interruption['kind']) => {
    if (kind === 'length') return finish('length');
    if (kind === 'error') pending += encoder.error('The simulator was asked to fail here.');
    await flush();
    if (kind === 'silent') return waitForLeave(sink.signal);
    if (kind === 'cut') {
      await sleep(BEFORE_RESET_MS, undefined, { signal: sink.signal });
      return sink.reset();
    }
    sink.end();
  };
  const finish = async (ending: Ending) => {
    pending += encoder.finish(ending, options.usage());
    await flush();
    sink.end();
  };

  for (const [index, part] of turn.parts.entries()) {
    if (interruption !== undefined && sent >= interruption.after) return interrupted(interruption.kind);
    pending += encoder.openPart(part, index);
    let text = '';
    for (const delta of part.deltas) {
      if (interruption !== undefined && sent >= interruption.after) {
        // A text cut by its length limit is closed; a call is not, because incomplete arguments are invalid.
        if (interruption.kind === 'length' && part.type !== 'call') pending += encoder.closePart(part, index, text);
        return interrupted(interruption.kind);
      }
      if (pacer.mustWait()) {
        await flush();
        await pacer.wait();
      }
      pending += encoder.delta(part, index, delta);
      text += delta;
      sent += 1;
      options.onDelta(part.type);
      pacer.sent();
      if (sent === 1 || pending.length >= FLUSH_CHARS) await flush();
    }
    pending += encoder.closePart(part, index, text);
    options.onPartDone(part);
  }
  if (interruption !== undefined) return interrupted(interruption.kind);
  await finish('completed');
}

/** Spreads deltas over time by the clock, so that late timers do not add up. */
class Pacer {
  private readonly startedAt = performance.now();
  private count = 0;

  constructor(
    private readonly perSecond: number,
    private readonly signal: AbortSignal,
  ) {}

  sent(): void {
    this.count += 1;
  }

  mustWait(): boolean {
    return this.perSecond > 0 && this.dueInMs() >= 1;
  }

  async wait(): Promise<void> {
    await sleep(this.dueInMs(), undefined, { signal: this.signal });
  }

  private dueInMs(): number {
    return this.startedAt + (this.count * 1000) / this.perSecond - performance.now();
  }
}

async function waitForLeave(signal: AbortSignal): Promise<never> {
  while (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  throw signal.reason;
}
