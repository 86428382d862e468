/**
 * The waiting time of a returning subscriber: a full replay from the first cursor, or a refresh by snapshot. The lower
 * bound reads the same chunks from Redis and parses them, with nothing around it.
 */
import { get } from 'node:http';
import type { WebSocket } from 'ws';
import { cursorAt, encodeCursor } from '#libs/contracts';
import { connectSocket, type StreamFrame, streamBatchOf, subscribe } from './api-socket.ts';
import { type BenchmarkRow, compare, type Subject } from './benchmark-row.ts';
import { CHUNKS_PER_ENTRY } from './chunk-source.ts';
import type { FedWorkflow, WorkflowFeeder } from './fed-workflow.ts';
import type { DurableStreams, ResumableStreams } from './peers.ts';

export interface ResumeSetting {
  apiUrl: string;
  feeder: WorkflowFeeder;
  durable: DurableStreams;
  resumable: ResumableStreams;
}

/** An epoch that no workflow here reaches, so a cursor that this Redis cannot know. */
const LOST_EPOCH = 1_000_000;

const LAYOUTS = [
  { count: 1_000, perEntry: CHUNKS_PER_ENTRY, rounds: 20 },
  { count: 10_000, perEntry: CHUNKS_PER_ENTRY, rounds: 20 },
  { count: 100_000, perEntry: CHUNKS_PER_ENTRY, rounds: 7 },
  { count: 10_000, perEntry: 1, rounds: 10 },
] as const;

export async function resume(setting: ResumeSetting): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = [];
  for (const { count, perEntry, rounds } of LAYOUTS) {
    const name = `Resume of ${count.toLocaleString('en')} chunks, ${perEntry} per entry`;
    rows.push(...compare(name, 'ms', await resumeOf(setting, count, perEntry, rounds)));
  }
  return rows;
}

async function resumeOf(setting: ResumeSetting, count: number, perEntry: number, rounds: number): Promise<Subject[]> {
  const { apiUrl, feeder, durable, resumable } = setting;
  const id = `resume-${count}-${perEntry}`;
  const workflow = await feeder.filledWorkflow(count, perEntry);
  await durable.fill(id, count, perEntry);
  await resumable.fill(id, count);
  const samples = { floor: [], socket: [], open: [], fresh: [], snapshot: [], resumable: [], durable: [] } as Record<
    string,
    number[]
  >;
  for (let round = -2; round < rounds; round += 1) {
    const measured: Record<string, number> = {
      floor: await floor(feeder, workflow, count),
      ...(await fullReplay(apiUrl, workflow, count)),
      snapshot: await refresh(apiUrl, workflow),
      resumable: await readLines(resumable.readUrl(id), count),
      durable: await readArray(durable.readUrl(id), count),
    };
    if (round < 0) continue;
    for (const [subject, ms] of Object.entries(measured)) samples[subject]?.push(ms);
  }
  const of = (name: string) => samples[name] ?? [];
  return [
    { subject: 'XRANGE and JSON.parse', samples: of('floor'), note: 'open connection' },
    { subject: 'opening a socket', samples: of('socket'), note: 'nothing but the handshakes' },
    { subject: 'Holdfast, full replay', samples: of('open'), note: 'open socket' },
    { subject: 'Holdfast, full replay', samples: of('fresh'), note: 'with connecting' },
    { subject: 'Holdfast, refresh by snapshot', samples: of('snapshot'), note: 'with connecting' },
    { subject: 'resumable-stream', samples: of('resumable'), note: 'full replay, with connecting' },
    { subject: '@durable-streams/server', samples: of('durable'), note: 'full replay, with connecting' },
  ];
}

async function floor(feeder: WorkflowFeeder, { workflowId }: FedWorkflow, count: number): Promise<number> {
  const start = performance.now();
  let chunks = 0;
  for (const [, fields] of await feeder.redis.xrange(`{wf:${workflowId}}:stream`, '-', '+')) {
    for (const event of JSON.parse(fields[1] ?? '[]') as { chunks?: unknown[] }[]) chunks += event.chunks?.length ?? 0;
  }
  const elapsed = performance.now() - start;
  if (chunks < count) throw new Error(`Redis holds ${chunks} chunks instead of ${count}`);
  return elapsed;
}

/** A full replay. `fresh` measures from before the socket was opened, `socket` only its opening, `open` the rest. */
export async function fullReplay(
  apiUrl: string,
  { workflowId, beginning }: FedWorkflow,
  count: number,
): Promise<{ fresh: number; socket: number; open: number }> {
  const start = performance.now();
  const socket = await connectSocket(apiUrl);
  const connected = performance.now();
  let chunks = 0;
  await follow(socket, workflowId, beginning, ({ events }) => {
    for (const event of events) {
      if (event.workflow) throw new Error('A snapshot came instead of a replay');
      chunks += event.chunks?.length ?? 0;
    }
    return chunks >= count;
  });
  const end = performance.now();
  socket.terminate();
  return { fresh: end - start, socket: connected - start, open: end - connected };
}

async function refresh(apiUrl: string, { workflowId }: FedWorkflow): Promise<number> {
  const start = performance.now();
  const socket = await connectSocket(apiUrl);
  let hasSnapshot = false;
  const lost = encodeCursor(workflowId, cursorAt(LOST_EPOCH, 0));
  await follow(socket, workflowId, lost, ({ events, caughtUp }) => {
    hasSnapshot ||= events.some((event) => event.workflow);
    return hasSnapshot && caughtUp;
  });
  const elapsed = performance.now() - start;
  socket.terminate();
  return elapsed;
}

type Batch = NonNullable<ReturnType<typeof streamBatchOf>>;

/** Subscribes and resolves when a batch says that the subscriber has caught up. */
function follow(
  socket: WebSocket,
  workflowId: string,
  cursor: string,
  isAll: (batch: Batch) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('The socket was closed')));
    socket.on('message', (data) => {
      try {
        const batch = streamBatchOf(JSON.parse(String(data)) as StreamFrame);
        if (batch && isAll(batch)) resolve();
      } catch (error) {
        reject(error);
      }
    });
    subscribe(socket, '1', workflowId, cursor);
  });
}

/** A JSON array in one response. */
async function readArray(url: string, count: number): Promise<number> {
  const start = performance.now();
  let text = '';
  await read(url, (piece) => {
    text += piece;
    return false;
  });
  const { length } = JSON.parse(text) as unknown[];
  if (length !== count) throw new Error(`${url} gave ${length} chunks instead of ${count}`);
  return performance.now() - start;
}

/** Server-sent events, one chunk each, on a response that stays open. */
async function readLines(url: string, count: number): Promise<number> {
  const start = performance.now();
  let chunks = 0;
  let rest = '';
  await read(url, (piece) => {
    const lines = (rest + piece).split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (JSON.parse(line.slice('data: '.length))) chunks += 1;
    return chunks >= count;
  });
  return performance.now() - start;
}

/** Resolves at the end of the response, or when `isAll` returns true. */
function read(url: string, isAll: (piece: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (!isAll(piece)) return;
        resolve();
        sent.destroy();
      });
      response.once('end', resolve);
      response.once('error', reject);
    });
    sent.once('error', reject);
  });
}
