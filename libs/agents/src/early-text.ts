/**
 * Takes the deltas of texts and reasoning summaries out of a stream of OpenAI's Responses API, while the model call shows
 * them by itself. The provider package gets all deltas that come one after the other as one event, because it takes each
 * event through six streams (ADR 36). What the model call does not take is passed on unchanged, and so is the rest of an
 * answer that is written in a way that is not understood here.
 */
import type { AnswerListener, EarlyPiece } from '#libs/engine';

interface DeltaEvent {
  item_id: string;
  summary_index?: number;
  delta: string;
}

interface HeldPiece {
  piece: EarlyPiece;
  event: DeltaEvent;
}

const kinds: ReadonlyMap<string, EarlyPiece['kind']> = new Map([
  ['response.output_text.delta', 'text'],
  ['response.reasoning_summary_text.delta', 'reasoning'],
]);
/** An event of which the package makes text. */
const textDelta = /"response\.(?:output_text|reasoning_summary_text|refusal)\.delta"/;
/** The beginning of an event that says that it is no delta. */
const noDelta = /^(?:event: ?|data: ?\{"type": ?")[\w.]+(?<!\.delta)["\n]/;
const MAX_DELTA_EVENT = 64 * 1024;
/** The most characters that wait for the end of their part. */
const MAX_HELD = 1024 * 1024;

export class EarlyText {
  private readonly decoder = new TextDecoder();
  /** The beginning of an event. */
  private rest = '';
  /** Whether an event is passed on as it comes, because it is too long to be a delta. */
  private isWithinLong = false;
  /** Nothing may be shown early any more: the package may get a text that is not counted. */
  private isOver = false;
  private held: HeldPiece | null = null;
  /** Characters of each part that the provider package was given. */
  private readonly passedOn = new Map<string, number>();

  constructor(private readonly listener: AnswerListener) {}

  /** What the provider package gets of these bytes; may be empty. */
  next(bytes: Uint8Array): Uint8Array {
    let text = this.rest + this.decoder.decode(bytes, { stream: true });
    // JSON holds no bare CR, so one means line ends for which nothing here looks.
    if (this.isOver || text.includes('\r')) {
      this.isOver = true;
      this.rest = '';
      return Buffer.from(this.release() + text);
    }
    let passed = '';
    if (this.isWithinLong) {
      const end = endOfBlock(text, 0);
      if (end < 0) return Buffer.from(text);
      passed = text.slice(0, end);
      text = text.slice(end);
      this.isWithinLong = false;
    }
    let from = 0;
    for (let end = endOfBlock(text, 0); end >= 0; end = endOfBlock(text, from)) {
      passed += this.take(text.slice(from, end));
      from = end;
    }
    this.rest = text.slice(from);
    if (this.rest.length > MAX_DELTA_EVENT) {
      this.isOver ||= !noDelta.test(this.rest);
      passed += this.release() + this.rest;
      this.rest = '';
      this.isWithinLong = true;
    }
    return Buffer.from(passed);
  }

  /** What is left when the stream ends. */
  end(): Uint8Array {
    return Buffer.from(this.release() + this.rest + this.decoder.decode());
  }

  private take(block: string): string {
    const event = this.isOver ? null : deltaEventOf(block);
    if (!event) {
      this.isOver ||= textDelta.test(block);
      return this.release() + block;
    }
    const { piece } = event;
    const released = this.held && this.held.piece.id !== piece.id ? this.release() : '';
    const known = this.passedOn.get(piece.id) ?? 0;
    if (this.listener.early(piece, known)) {
      if (this.held) this.held.piece.text += piece.text;
      else this.held = event;
      return this.held.piece.text.length > MAX_HELD ? released + this.release() : released;
    }
    const before = released + this.release();
    this.count(piece);
    return before + block;
  }

  private release(): string {
    if (!this.held) return '';
    const { piece, event } = this.held;
    this.held = null;
    this.count(piece);
    return `data: ${JSON.stringify({ ...event, delta: piece.text })}\n\n`;
  }

  private count({ id, text }: EarlyPiece): void {
    this.passedOn.set(id, (this.passedOn.get(id) ?? 0) + text.length);
  }
}

/** -1 when the text holds no end of an event. */
function endOfBlock(text: string, from: number): number {
  const at = text.indexOf('\n\n', from);
  return at < 0 ? at : at + 2;
}

/** `null` for events of other kinds, and for those that hold more than their text. */
function deltaEventOf(block: string): HeldPiece | null {
  if (!block.includes('_text.delta"')) return null;
  const [, json = ''] = /^(?:event: ?[\w.]+\n)?data: ?(\{[^\n]*\})\n\n$/.exec(block) ?? [];
  const event = parsed(json);
  const kind = kinds.get(event?.type ?? '');
  if (!event || !kind || typeof event.item_id !== 'string' || typeof event.delta !== 'string') return null;
  if (event.logprobs && event.logprobs.length > 0) return null;
  const id = kind === 'text' ? event.item_id : `${event.item_id}:${event.summary_index}`;
  return { piece: { kind, id, text: event.delta }, event };
}

function parsed(json: string): (DeltaEvent & { type?: string; logprobs?: unknown[] }) | null {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
