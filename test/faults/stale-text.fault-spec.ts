import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentViewer, startGenerations, untilEnded } from '../support/generations.ts';
import type { StreamViewer } from '../support/stream-viewer.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const deltas = 300;
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 80, workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

/** The numbers of the numbered deltas that this viewer shows, in the order in which they stand there. */
async function numbersOf(viewer: StreamViewer, messageId: string): Promise<number[]> {
  const texts = (await viewer.message(messageId))?.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return [...(texts ?? []).join('').matchAll(/ #(\d+)(?!-)/g)].map((match) => Number(match[1]));
}

function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('a worker that dies after 50 chunks of a step', () => {
  it('leaves no stale or doubled character with any viewer, whenever that viewer came', async () => {
    const [generation] = await startGenerations(system, 1, `[[sim: text=${deltas}]]`);
    if (!generation) throw new Error('Nothing was started.');
    const viewers = [new PersistentViewer(system, generation)];
    const messageId = (await system.api.workflow(generation.workflowId))?.messages.at(-1)?.id ?? '';
    const shown = (viewer: StreamViewer) => numbersOf(viewer, messageId);
    const checkAll = async () => {
      for (const viewer of viewers) {
        const numbers = await shown(viewer);
        // Whatever a viewer shows, at any moment, is a beginning of the text and nothing else.
        expect(numbers).toEqual(firstNumbers(numbers.length));
      }
    };
    const first = viewers[0] as PersistentViewer;
    await until(async () => (await shown(first)).length >= 50, 'the first viewer shows 50 chunks');
    viewers.push(new PersistentViewer(system, generation));
    const latecomer = viewers[1] as PersistentViewer;
    await until(async () => (await shown(latecomer)).length >= 50, 'the second viewer has caught up');

    const holder = await until(() => system.holderOf(generation.runId), 'a worker holds the run');
    // Read before the kill: the take-over does not wait for this test.
    const { attempts } = await system.evidence.run(generation.runId);
    await holder.kill('SIGKILL');
    viewers.push(new PersistentViewer(system, generation));
    await until(async () => {
      await checkAll();
      return (await system.evidence.run(generation.runId)).attempts > attempts;
    }, 'another worker takes the run over');
    viewers.push(new PersistentViewer(system, generation));
    await until(async () => {
      await checkAll();
      return (await shown(first)).length === deltas;
    }, 'the whole text stands');
    await untilEnded(system, [generation.runId]);
    for (const viewer of viewers) {
      await viewer.seesAll();
      expect(await shown(viewer)).toEqual(firstNumbers(deltas));
    }
  });
});
