/** Where processes spend their time, by part of the program; and profiles of the api during full replays and live fan-out. */
import { atRate, timedChunk } from './chunk-source.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';
import { ForkedProcess } from './forked-process.ts';
import type { CpuProfile, NodeInspector } from './node-inspector.ts';
import { fullReplay } from './resume.ts';

const CHUNKS = 10_000;
const REPLAYS = 40;
const PLACES = 12;

export interface ProfileShare {
  place: string;
  percent: number;
}

export interface ProcessProfile {
  /** Shares of the process's busy time. */
  parts: ProfileShare[];
  functions: ProfileShare[];
}

/** Full replays of 10,000 chunks, one after the other. */
export async function replayProfile(
  apiUrl: string,
  inspector: NodeInspector,
  feeder: WorkflowFeeder,
  perEntry: number,
): Promise<ProcessProfile> {
  const workflow = await feeder.filledWorkflow(CHUNKS, perEntry);
  const profile = await inspector.profile(async () => {
    for (let replay = 0; replay < REPLAYS; replay += 1) await fullReplay(apiUrl, workflow, CHUNKS);
  });
  return profileOf(profile);
}

/** 100 subscribers at the tail of a workflow that receives 100 chunks a second. */
export async function fanOutProfile(
  apiUrl: string,
  inspector: NodeInspector,
  feeder: WorkflowFeeder,
): Promise<ProcessProfile> {
  const subscribers = new ForkedProcess('subscribers.process.ts');
  try {
    const { workflowId, append } = await feeder.newWorkflow();
    await subscribers.call('openApi', { apiUrl, workflowId, count: 100, perSocket: 1 });
    const profile = await inspector.profile(() => atRate(100, 3, () => void append([timedChunk()])));
    return profileOf(profile);
  } finally {
    await subscribers.kill();
  }
}

export function profileOf(profile: CpuProfile): ProcessProfile {
  return { parts: sharesOf(profile, partOf), functions: sharesOf(profile, functionOf) };
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile, placeOf: (frame: Frame) => string): ProfileShare[] {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const spent = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)') continue;
    const micros = timeDeltas[index] ?? 0;
    busy += micros;
    spent.set(placeOf(frame), (spent.get(placeOf(frame)) ?? 0) + micros);
  }
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, PLACES)
    .map(([place, micros]) => ({ place, percent: Math.round((micros / busy) * 1_000) / 10 }));
}

/** The package, library or app that a function belongs to. */
function partOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8 built-ins';
  const ours = /\/dist\/((?:libs|apps)\/[^/]+)\//.exec(url)?.[1];
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return ours ?? installed ?? (url.startsWith('node:') ? 'Node' : url);
}

function functionOf(frame: Frame): string {
  const file = frame.url.split('/').at(-1);
  return file ? `${frame.functionName || '(anonymous)'} in ${partOf(frame)}, ${file}` : frame.functionName;
}
