import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, startGenerations, untilEnded } from '../support/generations.ts';
import { System } from '../support/system.ts';
import type { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

const deltas = 300;
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 80, workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

/** The numbers of the numbered deltas that this subscriber shows, in the order in which they stand there. */
async function numbersOf(subscriber: TestSubscriber, messageId: string): Promise<number[]> {
  const texts = (await subscriber.message(messageId))?.parts.flatMap((part) =>
    part.type === 'text' ? [part.text] : [],
  );
  return [...(texts ?? []).join('').matchAll(/ #(\d+)(?!-)/g)].map((match) => Number(match[1]));
}

function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('a worker that dies after 50 chunks of a step', () => {
  it('leaves no stale or doubled character with any subscriber, whenever that subscriber came', async () => {
    const [generation] = await startGenerations(system, 1, `[[sim: text=${deltas}]]`);
    if (!generation) throw new Error('Nothing was started.');
    const subscribers = [new PersistentSubscriber(system, generation)];
    const messageId = (await system.api.workflow(generation.workflowId))?.messages.at(-1)?.id ?? '';
    const shown = (subscriber: TestSubscriber) => numbersOf(subscriber, messageId);
    const checkAll = async () => {
      for (const subscriber of subscribers) {
        const numbers = await shown(subscriber);
        // Whatever a subscriber shows, at any moment, is a beginning of the text and nothing else.
        expect(numbers).toEqual(firstNumbers(numbers.length));
      }
    };
    const first = subscribers[0] as PersistentSubscriber;
    await until(async () => (await shown(first)).length >= 50, 'the first subscriber shows 50 chunks');
    subscribers.push(new PersistentSubscriber(system, generation));
    const latecomer = subscribers[1] as PersistentSubscriber;
    await until(async () => (await shown(latecomer)).length >= 50, 'the second subscriber has caught up');

    const holder = await until(() => system.holderOf(generation.runId), 'a worker holds the run');
    // Read before the kill: the take-over does not wait for this test.
    const { attempts } = await system.evidence.run(generation.runId);
    await holder.kill('SIGKILL');
    subscribers.push(new PersistentSubscriber(system, generation));
    await until(async () => {
      await checkAll();
      return (await system.evidence.run(generation.runId)).attempts > attempts;
    }, 'another worker takes the run over');
    subscribers.push(new PersistentSubscriber(system, generation));
    await until(async () => {
      await checkAll();
      return (await shown(first)).length === deltas;
    }, 'the whole text stands');
    await untilEnded(system, [generation.runId]);
    for (const subscriber of subscribers) {
      await subscriber.seesAll();
      expect(await shown(subscriber)).toEqual(firstNumbers(deltas));
    }
  });
});
