import { createOpenAI } from '@ai-sdk/openai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EarlyPiece } from '#libs/engine';
import { EarlyText } from './early-text.js';

type Event = Record<string, unknown>;

const delta = (id: string, text: string): Event => ({ type: 'response.output_text.delta', item_id: id, delta: text });
const thought = (id: string, text: string): Event => ({
  type: 'response.reasoning_summary_text.delta',
  item_id: id,
  summary_index: 0,
  delta: text,
});
const other = (id: string): Event => ({ type: 'response.content_part.done', item_id: id });

const detailed = (id: string, text: string): Event => ({ ...delta(id, text), logprobs: [{ token: text }] });
const refused = (id: string, text: string): Event => ({ type: 'response.refusal.delta', item_id: id, delta: text });

const blockOf = (event: Event, lineEnd: string) =>
  `event: ${event.type}${lineEnd}data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`;

const wire = (events: readonly Event[], lineEnd = '\n') =>
  Buffer.from(events.map((event) => blockOf(event, lineEnd)).join(''));

function eventsOf(passed: readonly Uint8Array[]): Event[] {
  const lines = Buffer.concat(passed)
    .toString()
    .split(/\r\n|\r|\n/);
  return lines.flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice('data: '.length))] : []));
}

/** The events with neighbouring deltas of a part joined. */
function joined(events: readonly Event[]): Event[] {
  const all: Event[] = [];
  for (const event of events) {
    const last = all.at(-1);
    const continues = last?.type === event.type && last?.item_id === event.item_id && typeof event.delta === 'string';
    if (last && continues) all[all.length - 1] = { ...last, delta: `${last.delta}${event.delta}` };
    else all.push(event);
  }
  return all;
}

function through(bytes: Uint8Array, cuts: readonly number[], takes: (piece: EarlyPiece, passedOn: number) => boolean) {
  const text = new EarlyText({ heard: () => undefined, early: takes });
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  const passed = ends.map((end) => {
    const next = text.next(bytes.subarray(from, end));
    from = end;
    return next;
  });
  return { passed, end: () => text.end() };
}

/** Shows pieces as `AnswerPieces` does, with a package that makes a text of every delta it gets, after each read. */
class Viewer {
  shown = '';
  private readonly ahead = new Map<string, string>();
  private readonly received = new Map<string, number>();

  early({ kind, id, text }: EarlyPiece, passedOn: number): boolean {
    const key = `${kind}:${id}`;
    if ((this.received.get(key) ?? 0) !== passedOn) return false;
    this.ahead.set(key, (this.ahead.get(key) ?? '') + text);
    this.shown += text;
    return true;
  }

  receive(passed: Uint8Array): void {
    for (const { item_id, summary_index, delta: text } of eventsOf([passed])) {
      if (typeof text !== 'string') continue;
      const key = summary_index === undefined ? `text:${item_id}` : `reasoning:${item_id}:${summary_index}`;
      const ahead = this.ahead.get(key) ?? '';
      expect(text.slice(0, ahead.length)).toBe(ahead);
      this.ahead.delete(key);
      this.received.set(key, (this.received.get(key) ?? 0) + text.length);
      this.shown += text.slice(ahead.length);
    }
  }
}

const anEvent = fc
  .tuple(fc.constantFrom(delta, thought, other), fc.constantFrom('a', 'b'), fc.string({ unit: 'grapheme' }))
  .map(([make, id, text]) => make(id, text));

describe('text that is shown early', () => {
  it('reaches the provider package whole and in order, however it is cut and whatever of it is shown', () => {
    const property = fc.property(
      fc.array(anEvent),
      fc.array(fc.nat()),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom('\n', '\r\n', '\r'),
      (events, cuts, decisions, lineEnd) => {
        const bytes = wire(events, lineEnd);
        const { passed, end } = through(bytes, cuts, () => decisions.next().value);
        if (lineEnd !== '\n') expect(Buffer.concat(passed)).toEqual(bytes);
        expect(joined(eventsOf([...passed, end()]))).toEqual(joined(events));
      },
    );
    fc.assert(property);
  });

  it('is held back while it is shown, and passed on as one event before the next event', () => {
    const shown: string[] = [];
    const takes = ({ kind, id, text }: EarlyPiece) => shown.push(`${kind} ${id} ${text}`) > 0;
    const events = [delta('a', 'x'), delta('a', 'y'), thought('b', 'z'), other('a')];
    const { passed, end } = through(wire(events.slice(0, 3)), [], takes);
    expect(shown).toEqual(['text a x', 'text a y', 'reasoning b:0 z']);
    expect(eventsOf(passed)).toEqual([delta('a', 'xy')]);
    expect(eventsOf([end()])).toEqual([thought('b', 'z')]);
  });

  it('says how much of its part the package has got before', () => {
    const known: number[] = [];
    const takes = (_piece: EarlyPiece, passedOn: number) => known.push(passedOn) === 2;
    through(wire([delta('a', 'x'), delta('a', 'yy'), other('a'), delta('a', 'z'), delta('a', 'z')]), [], takes);
    expect(known).toEqual([0, 1, 3, 4]);
  });

  it('is never shown before a text that the package got uncounted', () => {
    const long = (id: string, text: string) => delta(id, text + 'long'.repeat(20_000));
    const unusual = fc.constantFrom(delta, delta, delta, thought, other, detailed, refused, long);
    const blocks = fc.tuple(unusual, fc.constantFrom('a', 'b'), fc.constantFrom('x', '\u2028', '\u2029'), fc.nat(4));
    const property = fc.property(fc.array(blocks), (chosen) => {
      const events = chosen.map(([make, id, text], index) => make(id, text + index));
      const viewer = new Viewer();
      const early = new EarlyText({
        heard: () => undefined,
        early: (piece, passedOn) => viewer.early(piece, passedOn),
      });
      let read = '';
      for (const [index, event] of events.entries()) {
        const how = chosen[index]?.[3];
        read += (how === 0 ? ': a comment\n' : '') + blockOf(event, '\n');
        if (how === 1) continue;
        viewer.receive(early.next(Buffer.from(read)));
        read = '';
      }
      viewer.receive(early.next(Buffer.from(read)));
      viewer.receive(early.end());
      expect(viewer.shown).toBe(events.map(({ delta: text = '' }) => text).join(''));
    });
    fc.assert(property);
  });

  it('is shown early whatever line separators it holds, and behind long events that are no deltas', () => {
    const offered: string[] = [];
    const takes = ({ text }: EarlyPiece) => offered.push(text) > 0;
    const long = { ...other('a'), text: 'x'.repeat(300_000) };
    const bytes = wire([long, delta('a', 'x\u2028y\u2029')]);
    const { passed } = through(bytes, [100_000, 200_000], takes);
    expect(offered).toEqual(['x\u2028y\u2029']);
    expect(Buffer.concat(passed)).toEqual(wire([long]));
  });

  it.each([
    ['that holds more', detailed('a', 'x')],
    ['that is too long', delta('a', 'x'.repeat(70_000))],
    ['of a refusal', refused('a', 'x')],
  ])('is left alone behind a delta %s', (_what, unusual) => {
    const bytes = wire([unusual, delta('a', 'y')]);
    expect(Buffer.concat(through(bytes, [69_000], () => true).passed)).toEqual(bytes);
  });

  it('names its parts as the provider package does', async () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] };
    const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'in_progress', content: [] };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const events = [
      { type: 'response.created', response: { id: 'r', created_at: 0, model: 'm' } },
      { type: 'response.output_item.added', output_index: 0, item: reasoning },
      { ...thought('rs_1', 'Let me see'), output_index: 0 },
      { type: 'response.output_item.done', output_index: 0, item: reasoning },
      { type: 'response.output_item.added', output_index: 1, item: message },
      { ...delta('msg_1', 'Hello'), output_index: 1, content_index: 0, logprobs: [] },
      { type: 'response.output_item.done', output_index: 1, item: { ...message, status: 'completed' } },
      { type: 'response.completed', response: { incomplete_details: null, usage } },
    ];
    const offered: string[] = [];
    const { passed } = through(wire(events), [], ({ kind, id, text }) => offered.push(`${kind} ${id} ${text}`) < 0);
    const answer = () => new Response(Buffer.concat(passed), { headers: { 'content-type': 'text/event-stream' } });
    const model = createOpenAI({ apiKey: 'x', fetch: async () => answer() }).responses('m');
    const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Go.' }] }] });
    const made: string[] = [];
    for await (const part of stream) {
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
        made.push(`${part.type.split('-')[0]} ${part.id} ${part.delta}`);
      }
    }
    expect(offered).toEqual(['reasoning rs_1:0 Let me see', 'text msg_1 Hello']);
    expect(made).toEqual(offered);
  });
});
