import { describe, expect, it } from 'vitest';
import { ChatAnswer } from './chat-answer.js';
import { fetchUsualEvents } from './usual-events.js';

const encoder = new TextEncoder();

/** The output for an answer that arrives in these pieces. */
async function usual(pieces: readonly string[], status = 200): Promise<string> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  const fetch = fetchUsualEvents(async () => new Response(body, { status }), new ChatAnswer());
  return (await fetch('http://server.test')).text();
}

const messagesOf = (text: string) =>
  text.split('\n\n').flatMap((event) => (event === '' ? [] : [JSON.parse(event.slice('data: '.length))]));
const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

describe('an answer of Chat Completions', () => {
  it('is whole with any finish reason, or with [DONE], also without a line end behind it', async () => {
    for (const end of [[chunk({}, 'eos')], ['data: [DONE]\n\n'], ['data: [DONE]']]) {
      const messages = messagesOf(await usual([chunk({ content: 'Hi' }), ...end]));
      expect(messages.at(-1).choices[0].finish_reason).toBe('stop');
    }
  });

  it.each([
    ['behind an event', [chunk({ content: 'Hi' })]],
    ['within an event', [chunk({ content: 'Hi' }), 'data: {"choices": [{"del']],
    ['before anything', []],
  ])('was cut off when it ends %s', async (_where, pieces) => {
    await expect(usual(pieces)).rejects.toThrow('without a finish reason');
  });

  it('is left alone when it is a refusal', async () => {
    expect(await usual(['{"error": {"message": "no"}}'], 400)).toBe('{"error": {"message": "no"}}');
  });

  it('that never ends is refused before it fills the memory', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    const endless = (first: string) => usual([first, ...Array.from({ length: 12 }, () => megabyte)]);
    await expect(endless('data: ')).rejects.toThrow();
    await expect(endless('{"')).rejects.toThrow('too long');
  });

  it('takes time in proportion to its length, also when arguments come in tiny pieces that look whole', async () => {
    const call = (piece: string) =>
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'addNodes', arguments: piece } }] });
    const cpuMsOf = async (pieces: number) => {
      const before = process.cpuUsage();
      const text = await usual([
        call('{"list":['),
        ...Array.from({ length: pieces }, () => call('{},')),
        call('{}]}'),
        chunk({}, 'tool_calls'),
      ]);
      const { user, system } = process.cpuUsage(before);
      expect(text.split('"{},"')).toHaveLength(pieces + 1);
      return (user + system) / 1_000;
    };
    await cpuMsOf(1_000);
    const few = await cpuMsOf(4_000);
    // Quadratic work would take 64 times as long.
    expect(await cpuMsOf(32_000)).toBeLessThan(few * 24);
  });

  it('keeps one call one call when its later deltas come under another id', async () => {
    const call = (id: string, piece: string) =>
      chunk({ tool_calls: [{ index: 0, id, function: { name: 'addNodes', arguments: piece } }] });
    const messages = messagesOf(
      await usual([
        call('a', ''),
        call('b', '{"list"'),
        call('b', ':[]}'),
        call('c', '{"list":[1]}'),
        chunk({}, 'tool_calls'),
      ]),
    );
    const calls = messages.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls.map(({ id }) => id)).toEqual(['a', 'a', 'a', 'c']);
  });

  it('keeps to the words of a server that names its fields after ours', async () => {
    const odd = chunk({ content: 'Hi', __proto__: { content: 'no' }, constructor: 1 });
    const messages = messagesOf(await usual([odd, chunk({}, '__proto__')]));
    expect(messages.map((message) => message.choices[0]?.delta.content)).toEqual(['Hi', undefined, undefined]);
    expect(messages.at(-1).choices[0].finish_reason).toBe('stop');
  });
});
