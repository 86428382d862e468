import { describe, expect, it } from 'vitest';
import { Conversation } from './conversation.js';
import { OlderMessages } from './older-messages.js';
import type { MessagePage, MessageSnapshot } from './workflow-transport.port.js';

/** The server's conversation: messages 1 to `total`. */
function message(number: number): MessageSnapshot {
  return {
    id: `m${number}`,
    role: number % 2 ? 'user' : 'assistant',
    runId: `r${Math.ceil(number / 2)}`,
    parts: [{ type: 'text', text: String(number) }],
    chunks: [],
    complete: true,
    createdAt: null,
  };
}

/** Messages `from` to `to`; their `olderMessages` cursor is the number of the first. */
function page(from: number, to: number): MessagePage {
  const messages = Array.from({ length: to - from + 1 }, (_, at) => message(from + at));
  return { messages, olderMessages: from > 1 ? String(from) : null };
}

const before = (cursor: string, size: number) => page(Math.max(1, Number(cursor) - size), Number(cursor) - 1);

async function numbersOf(conversation: Conversation): Promise<number[]> {
  return (await conversation.settle()).map(({ id }) => Number(id.slice(1)));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('Conversation', () => {
  it('keeps older pages in front of every later snapshot, each message once', async () => {
    let conversation = new Conversation(page(91, 100));
    conversation.prepend(before('91', 20), '91');
    conversation.prepend(before('71', 20), '71');
    for (const last of [102, 104, 110]) conversation = new Conversation(page(last - 9, last), conversation);
    expect(await numbersOf(conversation)).toEqual(numbers(51, 110));
    expect(conversation.older).toBe('51');
    expect(conversation.hasGap).toBe(false);
  });

  it('shows a message as the snapshot has it, not as it was before', async () => {
    const conversation = new Conversation(page(1, 4));
    const changed = { ...message(4), parts: [{ type: 'text' as const, text: 'tried again' }] };
    const next = new Conversation({ messages: [message(3), changed], olderMessages: '3' }, conversation);
    expect((await next.settle()).map(({ parts }) => parts[0])).toMatchObject([
      { text: '1' },
      { text: '2' },
      { text: '3' },
      { text: 'tried again' },
    ]);
    expect(next.older).toBeNull();
  });

  it('ignores a page that was read from a cursor which is not the oldest any more', async () => {
    const conversation = new Conversation(page(91, 100));
    conversation.prepend(before('91', 20), '91');
    conversation.prepend(before('91', 20), '91');
    expect(await numbersOf(conversation)).toEqual(numbers(71, 100));
  });

  it('forgets what a snapshot without anything before it does not know', async () => {
    const conversation = new Conversation(page(1, 2), new Conversation(page(91, 100)));
    expect(await numbersOf(conversation)).toEqual([1, 2]);
    expect(conversation.hasGap).toBe(false);
  });
});

describe('a snapshot that does not reach back to what was shown', () => {
  function reader(start: Conversation, load: (cursor: string) => Promise<MessagePage>) {
    const shown = { conversation: start };
    const older = new OlderMessages({ load, current: () => shown.conversation, changed: () => undefined });
    return { shown, older };
  }

  it('has the messages in between read, and what was shown stays', async () => {
    const { shown, older } = reader(new Conversation(page(81, 100)), (cursor) => Promise.resolve(before(cursor, 20)));
    shown.conversation = new Conversation(page(151, 160), shown.conversation);
    expect(shown.conversation.hasGap).toBe(true);
    expect(await numbersOf(shown.conversation)).toEqual([...numbers(81, 100), ...numbers(151, 160)]);
    await older.fillGap();
    expect(shown.conversation.hasGap).toBe(false);
    expect(await numbersOf(shown.conversation)).toEqual(numbers(81, 160));
    expect(shown.conversation.older).toBe('81');
  });

  it('needs only one page when nothing lies in between', async () => {
    let loads = 0;
    const { shown, older } = reader(new Conversation(page(81, 100)), (cursor) => {
      loads++;
      return Promise.resolve(before(cursor, 20));
    });
    shown.conversation = new Conversation(page(101, 102), shown.conversation);
    await older.fillGap();
    expect([loads, await numbersOf(shown.conversation)]).toEqual([1, numbers(81, 102)]);
  });

  it('lets what was shown go when too much lies in between, or when that cannot be read', async () => {
    const far = reader(new Conversation(page(1, 2)), (cursor) => Promise.resolve(before(cursor, 20)));
    far.shown.conversation = new Conversation(page(999, 1_000), far.shown.conversation);
    await far.older.fillGap();
    expect(far.shown.conversation.hasGap).toBe(false);
    expect((await numbersOf(far.shown.conversation))[0]).toBeGreaterThan(800);
    expect(far.shown.conversation.older).not.toBeNull();

    const away = reader(new Conversation(page(1, 2)), () => Promise.reject(new Error('The server is away.')));
    away.shown.conversation = new Conversation(page(9, 10), away.shown.conversation);
    await away.older.fillGap();
    expect(await numbersOf(away.shown.conversation)).toEqual([9, 10]);
    expect(away.shown.conversation.older).toBe('9');
  });

  it('says that it reads while it fills a gap: whoever wants older messages then has to ask again', async () => {
    const answered = Promise.withResolvers<void>();
    const { shown, older } = reader(new Conversation(page(1, 20)), async (cursor) => {
      await answered.promise;
      return before(cursor, 20);
    });
    shown.conversation = new Conversation(page(31, 50), shown.conversation);
    const filling = older.fillGap();
    expect(older.loading).toBe(true);
    answered.resolve();
    await filling;
    expect(older.loading).toBe(false);
    expect(shown.conversation.hasGap).toBe(false);
  });

  it('fills the gap of a snapshot that came while an older page was read', async () => {
    let answer: (page: MessagePage) => void = () => undefined;
    const first = new Promise<MessagePage>((resolve) => (answer = resolve));
    let loads = 0;
    const { shown, older } = reader(new Conversation(page(81, 100)), (cursor) =>
      loads++ === 0 ? first : Promise.resolve(before(cursor, 20)),
    );
    const loading = older.loadMore();
    shown.conversation = new Conversation(page(131, 140), shown.conversation);
    await older.fillGap();
    answer(before('81', 20));
    await loading;
    expect(await numbersOf(shown.conversation)).toEqual(numbers(81, 140));
  });
});
