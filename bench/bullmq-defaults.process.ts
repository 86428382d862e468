/** BullMQ workers with default settings: one side holds a job of each queue until it is killed, the other takes over. */
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { until } from '../test/support/until.ts';
import { answerCalls } from './forked-process.ts';

interface Queues {
  redisUrl: string;
  queues: string[];
}

const startedAt: number[] = [];
let expected = 0;

const connectionOf = (url: string) => ({ url, maxRetriesPerRequest: null });

function work(redisUrl: string, queue: string, process: () => Promise<void>): Worker {
  const worker = new Worker(queue, process, { connection: connectionOf(redisUrl) });
  worker.on('error', () => undefined);
  return worker;
}

answerCalls({
  /** Resolves when every queue's only job is active. */
  hold: async ({ redisUrl, queues }: Queues): Promise<void> => {
    let held = 0;
    for (const name of queues) {
      const queue = new Queue(name, { connection: connectionOf(redisUrl) });
      await queue.add('hold', {});
      await queue.close();
      work(redisUrl, name, () => {
        held += 1;
        return new Promise(() => undefined);
      });
    }
    await until(() => held === queues.length, 'every job is being worked on');
  },
  standBy: ({ redisUrl, queues, spreadMs }: Queues & { spreadMs: number }): void => {
    expected = queues.length;
    for (const [index, name] of queues.entries()) {
      void delay((index * spreadMs) / queues.length).then(() =>
        work(redisUrl, name, async () => void startedAt.push(Date.now())),
      );
    }
  },
  /** When each job was started, in wall-clock milliseconds. */
  collect: async (withinMs: number): Promise<number[]> => {
    await until(() => startedAt.length >= expected, 'every job is started again', withinMs);
    return startedAt;
  },
});
