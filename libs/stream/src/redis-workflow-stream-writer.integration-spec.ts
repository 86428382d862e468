import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppendableEvent,
  type Cursor,
  limits,
  type MessageId,
  newId,
  type RunId,
  type StatusEvent,
  type WorkflowId,
} from '#libs/contracts';
import { type EpochGrants, FencedError, OutputLimitError, type RunEnd, StreamLostError } from '#libs/engine';
import { numbered } from '../testing/delivery-checker.js';
import { OwnRedis, until } from '../testing/redis-fixture.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisWorkflowStreamWriter } from './redis-workflow-stream-writer.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';
import { defineStreamCommands, type StreamCommands } from './stream-scripts.js';

const ended: StatusEvent = {
  type: 'status',
  runId: 'run_1' as RunId,
  status: 'IDLE',
  runStatus: 'SUCCEEDED',
  error: null,
  terminal: true,
  at: '2026-01-01T00:00:00.000Z',
};

let server: OwnRedis;
let redis: Redis & StreamCommands;
let writer: RedisWorkflowStreamWriter;
let workflowId: WorkflowId;

beforeAll(async () => {
  server = await OwnRedis.start();
  redis = defineStreamCommands(createRedis(server.url, 'test', 'command'));
  writer = new RedisWorkflowStreamWriter(redis, { patienceMs: 10_000 });
});
beforeEach(() => {
  workflowId = newId('workflow');
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

function open(epoch: number, onAppended?: (cursor: Cursor, events: readonly AppendableEvent[]) => void) {
  return writer.open({ workflowId, epoch, reason: 'RUN_STARTED', ends: [], onAppended });
}

function endOf(runId: string, epoch: number): RunEnd {
  return { runId: runId as RunId, epoch, events: [{ ...ended, runId: runId as RunId }] };
}

async function ids(): Promise<string[]> {
  return (await redis.xrange(streamKey(workflowId), '-', '+')).map(([id]) => id);
}

function appendRaw(epoch: number, seq: number) {
  return redis.appendToStream(
    streamKey(workflowId),
    metaKey(workflowId),
    epoch,
    seq,
    JSON.stringify([numbered(seq)]),
    eventsChannel(workflowId),
    0,
    1,
  );
}

describe('opening an epoch', () => {
  it('creates the stream with a resync marker at epoch-0', async () => {
    const epoch = await open(7);
    expect(epoch.cursor).toBe('7-0');
    const rows = await redis.xrange(streamKey(workflowId), '-', '+');
    expect(rows).toEqual([['7-0', ['events', '[{"type":"resync-marker","reason":"RUN_STARTED"}]']]]);
  });

  it('answers a repeated open as done while nothing was appended, and fences it afterwards', async () => {
    await open(1);
    const again = await open(1);
    expect(await ids()).toEqual(['1-0']);
    await again.append([numbered(1)]);
    await expect(open(1)).rejects.toBeInstanceOf(FencedError);
  });

  it('is fenced by a later epoch', async () => {
    await open(3);
    await expect(open(2)).rejects.toBeInstanceOf(FencedError);
    expect(await ids()).toEqual(['3-0']);
  });

  it('replaces a log that is ahead of what was ever granted, under an epoch beyond it', async () => {
    await (await open(7)).append([numbered(1)]);
    await redis.hset(metaKey(workflowId), 'ended', 7);
    const asked: unknown[] = [];
    const grantBeyond: EpochGrants['grantBeyond'] = async (granted, ahead) => {
      asked.push({ ...granted, ahead });
      return granted.epoch === 3 ? ahead + 1 : null;
    };
    const granting = new RedisWorkflowStreamWriter(redis, { grants: { grantBeyond } });
    const granted = { workflowId, reason: 'TAKEOVER', ends: [endOf('run_1', 2)] } as const;
    const opened = await granting.open({ ...granted, epoch: 3 });
    expect(asked).toEqual([{ workflowId, epoch: 3, ahead: 7 }]);
    expect(opened.cursor).toBe('8-0');
    await opened.append([numbered(1)]);
    expect(await ids()).toEqual(['8-0', '8-1']);
    const [[, fields] = ['', []]] = await redis.xrange(streamKey(workflowId), '-', '+');
    expect(fields[1]).toContain('run_1');
    // Somebody whose epoch is not the latest any more is fenced as ever, and changes nothing.
    await expect(granting.openEnded({ ...granted, epoch: 4 })).rejects.toThrow(FencedError);
    expect(await ids()).toEqual(['8-0', '8-1']);
  });

  it('keeps a log that was about to expire', async () => {
    await (await open(1)).close([ended]);
    expect(await redis.pttl(streamKey(workflowId))).toBeGreaterThan(0);
    await open(2);
    expect(await redis.pttl(streamKey(workflowId))).toBe(-1);
    expect(await redis.pttl(metaKey(workflowId))).toBe(-1);
    expect(await ids()).toEqual(['1-0', '1-1', '2-0']);
  });

  it('tells ends beside the marker, each once, in the order in which the runs ended', async () => {
    const [first, second] = [endOf('run_1', 1), endOf('run_2', 3)];
    await writer.open({ workflowId, epoch: 2, reason: 'RUN_STARTED', ends: [first] });
    await writer.open({ workflowId, epoch: 4, reason: 'RUN_STARTED', ends: [first, second] });
    const rows = await redis.xrange(streamKey(workflowId), '-', '+');
    const told = rows.map(([, fields]) => JSON.parse(fields[1] ?? '').slice(1));
    expect(told).toEqual([first.events, second.events]);
  });

  it('ends the log at the same moment where an epoch is opened for an end, also when asked again', async () => {
    const granted = { workflowId, epoch: 2, reason: 'TAKEOVER', ends: [endOf('run_1', 1)] } as const;
    await writer.openEnded(granted);
    const expiry = await redis.pexpiretime(streamKey(workflowId));
    await writer.openEnded(granted);
    expect(await ids()).toEqual(['2-0']);
    expect(expiry).toBeGreaterThan(0);
    expect(await redis.pexpiretime(streamKey(workflowId))).toBe(expiry);
    expect(await redis.pexpiretime(metaKey(workflowId))).toBe(expiry);
    await expect(writer.openEnded({ ...granted, epoch: 1 })).rejects.toBeInstanceOf(FencedError);
  });

  it('drops what earlier runs wrote when a run begins on a log that is too large, and nothing while one goes on', async () => {
    const small = new RedisWorkflowStreamWriter(redis, { keptBytes: 100 });
    const first = await small.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [] });
    await first.append([numbered(1, 10)]);
    const second = await small.open({ workflowId, epoch: 2, reason: 'TAKEOVER', ends: [] });
    expect(await ids()).toEqual(['1-0', '1-1', '2-0']);
    await second.close([ended]);
    await small.openEnded({ workflowId, epoch: 3, reason: 'TAKEOVER', ends: [] });
    expect(await ids()).toEqual(['1-0', '1-1', '2-0', '2-1', '3-0']);
    await small.open({ workflowId, epoch: 4, reason: 'RUN_STARTED', ends: [] });
    expect(await ids()).toEqual(['4-0']);
  });

  it('carries on the count of what a run wrote until its end is told', async () => {
    const first = await open(1);
    const chunks = [{ type: 'text-delta' as const, id: 't', delta: 'a'.repeat(limits.chunkBytes - 100) }];
    const large: AppendableEvent = { type: 'chunks', messageId: 'msg_1' as MessageId, runId: 'run_1' as RunId, chunks };
    for (let written = 0; written + limits.chunkBytes < limits.runBytes; written += limits.chunkBytes) {
      await first.append([large]);
    }
    const second = await open(2);
    await second.append([numbered(1)]);
    await expect(second.append([large])).rejects.toBeInstanceOf(OutputLimitError);
    expect(await second.close([ended])).toBe('2-2');
    await (await open(3)).append([large]);
  });

  it('begins the count anew when the opening itself tells the end', async () => {
    await open(1);
    await redis.hset(metaKey(workflowId), 'run', limits.runBytes);
    await expect((await open(2)).append([numbered(1)])).rejects.toBeInstanceOf(OutputLimitError);
    const next = await writer.open({ workflowId, epoch: 3, reason: 'RUN_STARTED', ends: [endOf('run_1', 2)] });
    await next.append([numbered(1)]);
  });
});

describe('appending', () => {
  it('is fenced once a later epoch is open, and stays so', async () => {
    const old = await open(1);
    await old.append([numbered(1)]);
    await open(2);
    await expect(old.append([numbered(2)])).rejects.toBeInstanceOf(FencedError);
    await expect(old.append([numbered(3)])).rejects.toBeInstanceOf(FencedError);
    await expect(old.flush()).rejects.toBeInstanceOf(FencedError);
    expect(await ids()).toEqual(['1-0', '1-1', '2-0']);
  });

  it('answers a repeated append as done, without a second entry', async () => {
    await open(1);
    expect(await appendRaw(1, 1)).toEqual(['OK', '1-1']);
    expect(await appendRaw(1, 1)).toEqual(['OK', '1-1']);
    expect(await ids()).toEqual(['1-0', '1-1']);
  });

  it('refuses a gap', async () => {
    await open(1);
    expect(await appendRaw(1, 2)).toEqual(['GAP', '1-0']);
    expect(await ids()).toEqual(['1-0']);
  });

  it('creates nothing after Redis was emptied', async () => {
    const epoch = await open(1);
    await epoch.append([numbered(1)]);
    await redis.flushall();
    await expect(epoch.append([numbered(2)])).rejects.toBeInstanceOf(StreamLostError);
    expect(await redis.keys('*')).toEqual([]);
  });

  it('counts a lost tail of the log as a lost stream', async () => {
    const epoch = await open(1);
    await epoch.append([numbered(1)]);
    await epoch.append([numbered(2)]);
    await redis.xdel(streamKey(workflowId), '1-2');
    await redis.hset(metaKey(workflowId), 'last', '1-1');
    await expect(epoch.append([numbered(3)])).rejects.toBeInstanceOf(StreamLostError);
  });

  it('lets the first append leave at once and everything meanwhile leave together', async () => {
    const told: [Cursor, readonly AppendableEvent[]][] = [];
    const epoch = await open(1, (cursor, events) => told.push([cursor, events]));
    const cursors = await Promise.all([1, 2, 3, 4, 5].map((n) => epoch.append([numbered(n)])));
    expect(cursors).toEqual(['1-1', '1-2', '1-2', '1-2', '1-2']);
    expect(told).toEqual([
      ['1-1', [numbered(1)]],
      ['1-2', [numbered(2, 5)]],
    ]);
    const rows = await redis.xrange(streamKey(workflowId), '1-2', '1-2');
    expect(JSON.parse(rows[0]?.[1][1] ?? '')).toEqual([numbered(2, 5)]);
  });

  it('tells of each entry synchronously, before the append resolves', async () => {
    let told: Cursor | null = null;
    const epoch = await open(1, (cursor) => {
      told = cursor;
    });
    const cursor = await epoch.append([numbered(1)]);
    expect(told).toBe(cursor);
    expect(epoch.cursor).toBe(cursor);
  });

  it('flushes behind everything queued', async () => {
    const epoch = await open(1);
    void epoch.append([numbered(1)]);
    void epoch.append([numbered(2)]);
    await epoch.flush();
    expect(await ids()).toEqual(['1-0', '1-1', '1-2']);
  });

  it('refuses a chunk above its cap and what follows, but still lets the log be closed', async () => {
    const epoch = await open(1);
    await epoch.append([numbered(1)]);
    const chunks = [{ type: 'text-delta' as const, id: 't', delta: 'é'.repeat(limits.chunkBytes / 2) }];
    const large = { ...numbered(2), chunks } as AppendableEvent;
    await expect(epoch.append([large])).rejects.toBeInstanceOf(OutputLimitError);
    await expect(epoch.append([numbered(2)])).rejects.toBeInstanceOf(OutputLimitError);
    expect(await epoch.close([ended])).toBe('1-2');
  });

  it('lets the log expire after its end and takes nothing more', async () => {
    const epoch = await open(1);
    expect(await epoch.close([ended])).toBe('1-1');
    expect(await redis.pttl(streamKey(workflowId))).toBeGreaterThan(0);
    expect(await redis.pttl(metaKey(workflowId))).toBeGreaterThan(0);
    await expect(epoch.append([numbered(1)])).rejects.toThrow('has ended');
  });

  it('goes on after lost connections, each chunk once', async () => {
    const epoch = await open(1);
    for (let n = 1; n <= 300; n += 1) {
      const appended = epoch.append([numbered(n)]);
      if (n % 30 === 0) await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no').catch(() => undefined);
      if (n % 10 === 0) await appended;
    }
    await epoch.flush();
    const rows = await redis.xrange(streamKey(workflowId), '-', '+');
    const numbers = rows.flatMap(([, fields]) =>
      (JSON.parse(fields[1] ?? '[]') as AppendableEvent[]).flatMap((event) =>
        event.type === 'chunks' ? event.chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')) : [],
      ),
    );
    expect(numbers).toEqual(Array.from({ length: 300 }, (_, index) => `#${index + 1}`));
  });

  it('gives the stream up when Redis stays away, and learns of an emptied one when it is back', async () => {
    const impatient = new RedisWorkflowStreamWriter(redis, { patienceMs: 300 });
    const given = await impatient.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [] });
    const patient = await writer.open({ workflowId: newId('workflow'), epoch: 1, reason: 'RUN_STARTED', ends: [] });
    await server.down();
    const waiting = patient.append([numbered(1)]);
    await expect(given.append([numbered(1)])).rejects.toBeInstanceOf(StreamLostError);
    await server.up();
    await expect(waiting).rejects.toBeInstanceOf(StreamLostError);
    await until('the connection works again', async () => (await redis.ping()) === 'PONG');
    expect(await redis.keys('*')).toEqual([]);
  });
});
