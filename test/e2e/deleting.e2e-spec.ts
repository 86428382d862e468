import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

let system: System;
let redis: Redis;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  redis = new Redis(system.redis.url);
});
afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});

async function remove(workflowId: string): Promise<unknown> {
  const document = `mutation($input: DeleteWorkflowInput!) { deleteWorkflow(input: $input) {
    deletedWorkflowId userErrors { code } } }`;
  return (await system.api.data<{ deleteWorkflow: unknown }>(document, { input: { workflowId } })).deleteWorkflow;
}

describe('deleteWorkflow', () => {
  it('ends the subscriptions of those who watch, and leaves nothing of the stream', async () => {
    const { runId, workflowId } = await system.api.start('Every Monday at 8 email a report to ops@acme.io');
    const watching = [1, 2].map(() => new TestSubscriber(system.api.socket, workflowId).open());
    for (const subscriber of watching) await subscriber.sawEndOf(runId);
    expect(await redis.keys(`*${workflowId}*`)).not.toEqual([]);

    expect(await remove(workflowId)).toEqual({ deletedWorkflowId: workflowId, userErrors: [] });
    for (const subscriber of watching) await subscriber.until(() => subscriber.ended, 'the subscription ends');
    await until(async () => (await redis.keys(`*${workflowId}*`)).length === 0, 'no key is left');

    const late = new TestSubscriber(system.api.socket, workflowId).open();
    await until(() => late.failure !== null, 'a late subscriber is refused');
    expect(await remove(workflowId)).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
  });
});
