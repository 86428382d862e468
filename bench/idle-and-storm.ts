/**
 * 2,000 subscribers of one workflow: the cost of each while idle, and the time until all are back after the network has cut
 * them at the same moment. They reconnect without jitter, which is the worst case.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsOf, residentKib } from '../test/support/process-usage.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { plainChunk } from './chunk-source.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';
import { ForkedProcess } from './forked-process.ts';
import type { NodeInspector } from './node-inspector.ts';
import type { ApiSubscribers } from './subscribers.process.ts';

const SUBSCRIBERS = 2_000;
const MISSED_CHUNKS = 100;

export interface IdleSetting {
  apiUrl: string;
  apiPid: number;
  inspector: NodeInspector;
  feeder: WorkflowFeeder;
}

export async function idleAndStorm({ apiUrl, apiPid, inspector, feeder }: IdleSetting): Promise<BenchmarkRow[]> {
  const subscribers = new ForkedProcess('subscribers.process.ts');
  const footprint = async () => {
    await delay(500);
    const liveKib = (await inspector.liveBytes()) / 1_024;
    return { liveKib, residentKib: residentKib(apiPid) };
  };
  try {
    const shared = await feeder.newWorkflow();
    const perSocket = async (subscriptions: number) => {
      const before = await footprint();
      const { workflowId } = shared;
      await subscribers.call('openApi', { apiUrl, workflowId, count: SUBSCRIBERS, perSocket: subscriptions });
      const after = await footprint();
      return {
        live: (after.liveKib - before.liveKib) / SUBSCRIBERS,
        resident: (after.residentKib - before.residentKib) / SUBSCRIBERS,
      };
    };
    const crowded = await perSocket(50);
    await subscribers.call('cut');
    await subscribers.call('leave');
    await delay(1_000);
    const alone = await perSocket(1);

    await subscribers.call('cut');
    for (let index = 1; index <= MISSED_CHUNKS; index += 1) await shared.append([plainChunk(index)]);
    const cpuBefore = cpuSecondsOf(apiPid);
    const options: ApiSubscribers = { apiUrl, workflowId: shared.workflowId, count: SUBSCRIBERS, perSocket: 1 };
    const back = await subscribers.call<number[]>('storm', options);
    const cpuSeconds = cpuSecondsOf(apiPid) - cpuBefore;
    await subscribers.call('cut');

    const storm = `Reconnect storm of ${SUBSCRIBERS.toLocaleString('en')} subscribers, ${MISSED_CHUNKS} chunks missed`;
    return [
      ...compare('Memory per idle subscription', 'KiB', [
        { subject: 'Holdfast, one socket each', samples: [alone.live], note: 'live after garbage collection' },
        { subject: 'Holdfast, one socket each', samples: [alone.resident], note: 'resident set' },
        { subject: 'Holdfast, 50 to a socket', samples: [crowded.live], note: 'live after garbage collection' },
      ]),
      ...compare(storm, 'ms', [
        { subject: 'Holdfast, a subscriber has caught up', samples: back, note: `api: ${cpuSeconds.toFixed(2)} CPU s` },
        { subject: 'Holdfast, the last subscriber has', samples: [Math.max(...back)] },
      ]),
    ];
  } finally {
    await subscribers.kill();
  }
}
