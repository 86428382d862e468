import { readUIMessageStream, type UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { newId, type UIMessageChunk } from '#libs/contracts';
import { foldInTurn, foldParts } from './message-folding.js';

/** The given number of answered tool calls, 20 to a step with a sentence. */
function toolCalls(count: number): UIMessageChunk[] {
  const chunks: UIMessageChunk[] = [{ type: 'start', messageId: 'm' }];
  for (let call = 0; call < count; call += 1) {
    const toolCallId = `call-${call}`;
    if (call % 20 === 0) {
      if (call > 0) chunks.push({ type: 'finish-step' });
      chunks.push({ type: 'start-step' }, { type: 'text-start', id: `t${call}` });
      chunks.push({ type: 'text-delta', id: `t${call}`, delta: 'Next.' }, { type: 'text-end', id: `t${call}` });
    }
    chunks.push({ type: 'tool-input-start', toolCallId, toolName: 'add_node' });
    chunks.push({ type: 'tool-input-available', toolCallId, toolName: 'add_node', input: { label: `Node ${call}` } });
    chunks.push({ type: 'tool-output-available', toolCallId, output: { id: `n${call}`, ok: true } });
  }
  return chunks;
}

/** The parts according to the SDK's own reader. */
async function readBySdk(chunks: readonly UIMessageChunk[]): Promise<UIMessage['parts']> {
  let parts: UIMessage['parts'] = [];
  const stream = ReadableStream.from(structuredClone([...chunks])) as ReadableStream<UIMessageChunk>;
  for await (const state of readUIMessageStream({ stream, onError: () => undefined })) parts = state.parts;
  return parts;
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe('folding a message', () => {
  it("gives what the SDK's own reader gives, also of a message that is cut or holds an error", async () => {
    const chunks = toolCalls(45);
    chunks.splice(30, 0, { type: 'error', errorText: 'The model failed.' });
    for (const length of [1, 5, 9, 31, 80, chunks.length]) {
      const some = chunks.slice(0, length);
      expect(await foldParts(newId('message'), some)).toEqual(await readBySdk(some));
    }
  });

  it('shows everything of an old message but what never fitted', async () => {
    const orphan: UIMessageChunk = { type: 'tool-output-available', toolCallId: 'nobody-called', output: 1 };
    const chunks = toolCalls(2);
    const damaged = [...chunks.slice(0, 3), orphan, ...chunks.slice(3), orphan];
    expect(await foldParts(newId('message'), damaged)).toEqual(await foldParts(newId('message'), chunks));
  });

  it('takes time in proportion to the length of the message', async () => {
    const [short, long] = [toolCalls(250), toolCalls(2_000)];
    const fold = (chunks: UIMessageChunk[]) => () => foldParts(newId('message'), chunks);
    await fold(short)();
    const times = { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 3; round += 1) {
      times.short = Math.min(times.short, await cpuMs(fold(short)));
      times.long = Math.min(times.long, await cpuMs(fold(long)));
    }
    // For eight times the length: a factor of 8 when linear, 64 when quadratic.
    expect(times.long / times.short).toBeLessThan(24);
  });

  it('lets others have their turn meanwhile', async () => {
    let turns = 0;
    let folding = true;
    const turn = (): void => {
      turns += 1;
      if (folding) setImmediate(turn);
    };
    setImmediate(turn);
    await foldParts(newId('message'), toolCalls(3_000));
    folding = false;
    expect(turns).toBeGreaterThan(2);
  });
});

describe('several folds', () => {
  it('go on two at a time, and a failure among them stops nobody', async () => {
    let running = 0;
    let most = 0;
    const fold = async (index: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index === 1) throw new Error('The client has left.');
      return index;
    };
    const results = await Promise.allSettled(Array.from({ length: 6 }, (_, index) => foldInTurn(() => fold(index))));
    expect(most).toBe(2);
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true, true]);
  });
});
