/** How many chunks one writer can append to a stream: one at a time, each acknowledged, or as fast as possible. */
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { CHUNKS_PER_ENTRY, plainChunk } from './chunk-source.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';
import type { DurableStreams } from './peers.ts';

const ROUNDS = 3;
const ONE_BY_ONE = 1_500;
const AT_ONCE = 30_000;

export async function appendThroughput(feeder: WorkflowFeeder, durable: DurableStreams): Promise<BenchmarkRow[]> {
  const samples: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = `bench:append:${round}`;
    const id = `append-${round}`;
    const first = await feeder.newWorkflow();
    const second = await feeder.newWorkflow();
    await durable.create(id);
    samples[0].push(
      await perSecond(ONE_BY_ONE, async () => {
        for (let index = 1; index <= ONE_BY_ONE; index += 1) {
          await feeder.redis.xadd(key, '*', 'events', JSON.stringify([plainChunk(index)]));
        }
      }),
    );
    samples[1].push(
      await perSecond(ONE_BY_ONE, async () => {
        for (let index = 1; index <= ONE_BY_ONE; index += 1) await first.append([plainChunk(index)]);
      }),
    );
    samples[2].push(
      await perSecond(AT_ONCE, async () => {
        let last: Promise<unknown> = Promise.resolve();
        for (let index = 1; index <= AT_ONCE; index += 1) last = second.append([plainChunk(index)]);
        await last;
      }),
    );
    samples[3].push(
      await perSecond(ONE_BY_ONE, async () => {
        for (let index = 1; index <= ONE_BY_ONE; index += 1) await durable.append(id, [plainChunk(index)]);
      }),
    );
    samples[4].push(await perSecond(AT_ONCE, () => durable.fill(`${id}-batched`, AT_ONCE)));
  }
  return compare('Append by one writer', 'chunks/s', [
    { subject: 'XADD', samples: samples[0], note: 'each acknowledged' },
    { subject: 'Holdfast', samples: samples[1], note: 'each acknowledged' },
    { subject: 'Holdfast', samples: samples[2], note: 'as fast as they come, group commit' },
    { subject: '@durable-streams/server', samples: samples[3], note: 'in memory, each acknowledged' },
    { subject: '@durable-streams/server', samples: samples[4], note: `in memory, ${CHUNKS_PER_ENTRY} to a POST` },
  ]);
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return count / ((performance.now() - start) / 1_000);
}
