import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type RunId } from '#libs/contracts';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { type CountSnapshot, DeliveryChecker, follow, numbered } from '../testing/delivery-checker.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { ControlChannel } from './control-channel.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisHealth } from './redis-health.js';
import { RedisWorkflowStreamWriter } from './redis-workflow-stream-writer.js';
import { StreamModule } from './stream.module.js';
import { WorkflowTails } from './workflow-tails.js';

let server: RedisServer;

beforeAll(async () => {
  server = await forgetfulRedis();
});
afterAll(async () => {
  await server.stop();
});

describe('StreamModule', () => {
  it('writes, follows and signals on named connections, and closes all of them', async () => {
    const observer = createRedis(server.url, 'observer', 'command');
    const module = await Test.createTestingModule({
      imports: [StreamModule.forRoot({ redis: server.url })],
    }).compile();
    await module.init();
    const workflowId = newId('workflow');
    const writer = module.get(RedisWorkflowStreamWriter);
    const epoch = await writer.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [] });
    const subscriber = module.get(WorkflowTails).subscribe<CountSnapshot>({
      workflowId,
      cursor: epoch.cursor,
      loadSnapshot: async () => null,
    });
    const followed = follow(subscriber, new DeliveryChecker(0, epoch.cursor), 2);
    await epoch.append([numbered(1, 2)]);
    await followed;

    const heard: RunId[] = [];
    const control = module.get(ControlChannel);
    const stop = await control.onCancel((runId) => heard.push(runId));
    const runId = newId('run');
    await observer.publish('holdfast:control', '{"type":"cancel","runId":"nonsense"}');
    expect(await control.publishCancel(runId)).toBe(true);
    await until(() => heard.length > 0, 'the signal arrives');
    expect(heard).toEqual([runId]);
    await stop();
    expect(await module.get(RedisHealth).checkRedis()).toEqual({
      reachable: true,
      refusal: null,
      evictionPolicy: 'noeviction',
    });

    const names = async () => {
      const clients = (await observer.call('CLIENT', 'LIST')) as string;
      return [...clients.matchAll(/ name=holdfast:(stream-\w+)/g)].map((match) => match[1]).sort();
    };
    expect(await names()).toEqual(['stream-append', 'stream-read', 'stream-subscribe']);
    const pending = subscriber.next();
    await module.close();
    expect(await pending).toEqual({ done: true, value: undefined });
    await until(async () => (await names()).length === 0, 'the connections are closed');
    await closeRedis(observer);
  });

  it('starts and ends without Redis, and without opening connections that nobody uses', async () => {
    await server.kill('SIGKILL');
    const module = await Test.createTestingModule({
      imports: [StreamModule.forRoot({ redis: server.url })],
    }).compile();
    module.useLogger(false);
    await module.init();
    const workflowId = newId('workflow');
    const subscriber = module
      .get(WorkflowTails)
      .subscribe({ workflowId, cursor: null, loadSnapshot: async () => null });
    void module.get(ControlChannel).onCancel(() => undefined);
    await subscriber.next();
    await module.close();
    await server.start();
  });
});
