import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppendableEvent,
  type Cursor,
  newId,
  type RunId,
  type StatusEvent,
  type WorkflowId,
} from '#libs/contracts';
import { type RunEnd, StreamLostError } from '#libs/engine';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { workflowStreamSuite } from '../../engine/testing/workflow-stream.suite.js';
import { numbered } from '../testing/delivery-checker.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
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

workflowStreamSuite(async () => {
  const own = await forgetfulRedis();
  const connection = createRedis(own.url, 'test', 'command');
  return {
    writer: new RedisWorkflowStreamWriter(connection),
    writerWith: (grants) => new RedisWorkflowStreamWriter(connection, { grants }),
    entries: async (id) => {
      const rows = await connection.xrange(streamKey(id), '-', '+');
      return rows.map(([cursor, fields]) => ({ cursor: cursor as Cursor, events: JSON.parse(fields[1] ?? '[]') }));
    },
    expires: async (id) => {
      const times = [await connection.pttl(streamKey(id)), await connection.pttl(metaKey(id))];
      return times.every((time) => time > 0);
    },
    lose: async (id) => {
      await connection.del(streamKey(id), metaKey(id));
    },
    close: async () => {
      await closeRedis(connection);
      await own.stop();
    },
  };
});

let server: RedisServer;
let redis: Redis & StreamCommands;
let writer: RedisWorkflowStreamWriter;
let workflowId: WorkflowId;

beforeAll(async () => {
  server = await forgetfulRedis();
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

function open(epoch: number) {
  return writer.open({ workflowId, epoch, reason: 'RUN_STARTED', ends: [] });
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
    -1,
  );
}

describe('the log in Redis', () => {
  it('drops what earlier runs wrote when a run begins on a log that is too large, and nothing while one goes on', async () => {
    const small = new RedisWorkflowStreamWriter(redis, { keptBytes: 100 });
    const first = await small.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [] });
    await first.append([numbered(1, 10)]);
    const second = await small.open({ workflowId, epoch: 2, reason: 'TAKEOVER', ends: [] });
    expect(await ids()).toEqual(['1-0', '1-1', '2-0']);
    await second.close([ended]);
    await small.openAndClose({ workflowId, epoch: 3, reason: 'TAKEOVER', ends: [] });
    expect(await ids()).toEqual(['1-0', '1-1', '2-0', '2-1', '3-0']);
    await small.open({ workflowId, epoch: 4, reason: 'RUN_STARTED', ends: [] });
    expect(await ids()).toEqual(['4-0']);
  });

  it('keeps a log for its retention from the first time that its end was told', async () => {
    const granted = { workflowId, epoch: 2, reason: 'TAKEOVER', ends: [endOf('run_1', 1)] } as const;
    await writer.openAndClose(granted);
    const expiry = await redis.pexpiretime(streamKey(workflowId));
    await writer.openAndClose(granted);
    expect(expiry).toBeGreaterThan(0);
    expect(await redis.pexpiretime(streamKey(workflowId))).toBe(expiry);
    expect(await redis.pexpiretime(metaKey(workflowId))).toBe(expiry);
  });

  it('stores and joins what is appended in one turn as one event', async () => {
    const epoch = await open(1);
    await Promise.all([1, 2, 3, 4, 5].map((n) => epoch.append([numbered(n)])));
    const rows = await redis.xrange(streamKey(workflowId), '-', '+');
    expect(rows.map(([cursor]) => cursor)).toEqual(['1-0', '1-1']);
    expect(JSON.parse(rows[1]?.[1][1] ?? '')).toEqual([numbered(1, 5)]);
  });

  it('creates nothing after Redis was emptied', async () => {
    const epoch = await open(1);
    await redis.flushall();
    await expect(epoch.append([numbered(1)])).rejects.toBeInstanceOf(StreamLostError);
    expect(await redis.keys('*')).toEqual([]);
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

  it('counts a lost tail of the log as a lost stream', async () => {
    const epoch = await open(1);
    await epoch.append([numbered(1)]);
    await epoch.append([numbered(2)]);
    await redis.xdel(streamKey(workflowId), '1-2');
    await redis.hset(metaKey(workflowId), 'last', '1-1');
    await expect(epoch.append([numbered(3)])).rejects.toBeInstanceOf(StreamLostError);
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
    await server.kill('SIGKILL');
    const waiting = patient.append([numbered(1)]);
    await expect(given.append([numbered(1)])).rejects.toBeInstanceOf(StreamLostError);
    await server.start();
    await expect(waiting).rejects.toBeInstanceOf(StreamLostError);
    await until(async () => (await redis.ping()) === 'PONG', 'the connection works again');
    expect(await redis.keys('*')).toEqual([]);
  });
});
