/**
 * 2,000 viewers of one workflow: what each costs while nothing happens, and how long it takes until all are back after
 * a network has cut every one of them at the same moment. They come back without any jitter, which is the worst case.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { plainChunk } from './chunk-source.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';
import { ForkedProcess } from './forked-process.ts';
import type { NodeInspector } from './node-inspector.ts';
import { cpuSecondsOf, residentKib } from './process-usage.ts';
import type { ApiViewers } from './viewers.process.ts';

const VIEWERS = 2_000;
const MISSED_CHUNKS = 100;

export interface IdleSetting {
  apiUrl: string;
  apiPid: number;
  inspector: NodeInspector;
  feeder: WorkflowFeeder;
}

export async function idleAndStorm({ apiUrl, apiPid, inspector, feeder }: IdleSetting): Promise<BenchmarkRow[]> {
  const viewers = new ForkedProcess('viewers.process.ts');
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
      await viewers.call('openApi', { apiUrl, workflowId, count: VIEWERS, perSocket: subscriptions });
      const after = await footprint();
      return {
        live: (after.liveKib - before.liveKib) / VIEWERS,
        resident: (after.residentKib - before.residentKib) / VIEWERS,
      };
    };
    const crowded = await perSocket(50);
    await viewers.call('cut');
    await viewers.call('leave');
    await delay(1_000);
    const alone = await perSocket(1);

    await viewers.call('cut');
    for (let index = 1; index <= MISSED_CHUNKS; index += 1) await shared.append([plainChunk(index)]);
    const cpuBefore = cpuSecondsOf(apiPid);
    const options: ApiViewers = { apiUrl, workflowId: shared.workflowId, count: VIEWERS, perSocket: 1 };
    const back = await viewers.call<number[]>('storm', options);
    const cpuSeconds = cpuSecondsOf(apiPid) - cpuBefore;
    await viewers.call('cut');

    const storm = `Reconnect storm of ${VIEWERS.toLocaleString('en')} viewers, ${MISSED_CHUNKS} chunks missed`;
    return [
      ...compare('Memory per idle subscription', 'KiB', [
        { subject: 'Holdfast, one socket each', samples: [alone.live], note: 'live after garbage collection' },
        { subject: 'Holdfast, one socket each', samples: [alone.resident], note: 'resident set' },
        { subject: 'Holdfast, 50 to a socket', samples: [crowded.live], note: 'live after garbage collection' },
      ]),
      ...compare(storm, 'ms', [
        { subject: 'Holdfast, a viewer has caught up', samples: back, note: `api: ${cpuSeconds.toFixed(2)} CPU s` },
        { subject: 'Holdfast, the last viewer has', samples: [Math.max(...back)] },
      ]),
    ];
  } finally {
    await viewers.kill();
  }
}
