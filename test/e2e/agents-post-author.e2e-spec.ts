import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { assertDelivered } from '../support/delivery-check.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

interface Draft {
  number: number;
  text: string;
  characters: number;
}

const prompt = 'Write a post about our new office dog';
let system: System;

beforeAll(async () => {
  // One place in the worker: a run that held it while waiting would stop every other.
  system = await System.start({ tokensPerSecond: 0, environment: { HOLDFAST_WORKER_CONCURRENCY: '1' } });
});

afterAll(async () => {
  await system?.stop();
});

describe('post-author', () => {
  it('drafts, waits for an approval by mutation, and keeps the approved post', async () => {
    const run = await AgentRun.start(system, 'post-author', prompt);
    const subscriber = new TestSubscriber(system.api.socket, run.workflowId).open();
    const hook = await run.waitsAt(1);
    expect(hook).toMatchObject({ name: 'publish', status: 'WAITING', title: expect.stringContaining('draft 1') });
    expect(Object.keys(hook.schema.properties ?? {}).sort()).toEqual(['approved', 'comment']);
    const workflow = await system.api.workflow(run.workflowId);
    expect(workflow).toMatchObject({ status: 'WAITING', promptLock: { reason: 'WAITING_FOR_HOOK' } });
    expect(await run.steps('published')).toEqual([]);

    expect(await run.resolve(hook, { approved: true })).toEqual([]);
    await run.reaches('SUCCEEDED');
    const [draft] = await run.parts<Draft>('draft');
    expect(draft?.characters).toBeLessThanOrEqual(280);
    expect(await run.parts('post')).toEqual([
      expect.objectContaining({ status: 'published', text: draft?.text, publishedAt: expect.any(String) }),
    ]);
    expect(await run.steps('published')).toHaveLength(1);
    expect(await run.hooks()).toMatchObject([{ status: 'RESOLVED', payload: { approved: true } }]);
    expect((await run.hooks())[0]?.resolvedBy?.name).toBeTruthy();

    await subscriber.sawEndOf(run.runId);
    await assertDelivered(system, subscriber, run);
    subscriber.close();
  });

  it('collects notes first when its router says so', async () => {
    const run = await AgentRun.start(system, 'post-author', 'Research why bees matter and write a post about it');
    await run.waitsAt(1);
    expect((await run.steps('takeNote')).length).toBeGreaterThan(0);
    expect(await run.steps('route')).toMatchObject([{ kind: 'MODEL_CALL', status: 'SUCCEEDED' }]);
    await system.api.cancelRun(run.runId);
  });

  it('writes another draft when the first one is rejected with a comment, and keeps both', async () => {
    const run = await AgentRun.start(system, 'post-author', `${prompt}, with a comment`);
    await run.resolve(await run.waitsAt(1), { approved: false, comment: 'Name the dog: Bruno' });
    await run.resolve(await run.waitsAt(2), { approved: true });
    await run.reaches('SUCCEEDED');
    const drafts = await run.parts<Draft>('draft');
    expect(drafts.map((draft) => draft.number)).toEqual([1, 2]);
    expect(drafts[1]?.text).toContain('Bruno');
    expect(await run.parts('post')).toMatchObject([{ status: 'published', text: drafts[1]?.text }]);
  });

  it('publishes nothing when it is rejected without a comment', async () => {
    const run = await AgentRun.start(system, 'post-author', `${prompt}, without a comment`);
    await run.resolve(await run.waitsAt(1), { approved: false });
    await run.reaches('SUCCEEDED');
    expect(await run.parts('post')).toMatchObject([{ status: 'rejected', publishedAt: null }]);
    expect(await run.steps('published')).toEqual([]);
  });

  it('refuses an answer that does not fit, and a second answer', async () => {
    const run = await AgentRun.start(system, 'post-author', `${prompt}, answered twice`);
    const hook = await run.waitsAt(1);
    expect(await run.resolve(hook, { approved: 'maybe' })).toMatchObject([{ code: 'VALIDATION' }]);
    expect((await run.hooks())[0]?.status).toBe('WAITING');
    await run.resolve(hook, { approved: false });
    expect(await run.resolve(hook, { approved: true })).toMatchObject([{ code: 'CONFLICT' }]);
    await run.reaches('SUCCEEDED');
    expect(await run.parts('post')).toMatchObject([{ status: 'rejected' }]);
  });

  it('holds no worker while it waits: others run, and it survives the death of all workers', async () => {
    const run = await AgentRun.start(system, 'post-author', `${prompt}, slowly`);
    const hook = await run.waitsAt(1);
    const other = await system.api.start('Every Monday at 8 email a report to ops@acme.io');
    await until(async () => (await system.api.run(other.runId))?.status === 'SUCCEEDED', 'another run succeeds');

    await Promise.all(system.workers.map((worker) => worker.kill('SIGKILL')));
    const before = (await system.modelRequests()).length;
    expect(await run.resolve(hook, { approved: true })).toEqual([]);
    await system.addWorker();
    await run.reaches('SUCCEEDED');
    expect(await run.parts('draft')).toHaveLength(1);
    expect(await run.steps('published')).toHaveLength(1);
    // Nothing but the title was left to ask a model for.
    const asked = (await system.modelRequests()).slice(before);
    expect(asked.map((request) => request.purpose)).toEqual(['title']);
  });

  it('ends when it is canceled while it waits, and takes no answer any more', async () => {
    const run = await AgentRun.start(system, 'post-author', `${prompt}, canceled`);
    const hook = await run.waitsAt(1);
    expect((await system.api.cancelRun(run.runId)).userErrors).toEqual([]);
    await run.reaches('CANCELED');
    expect((await run.hooks())[0]?.status).toBe('CANCELED');
    expect(await run.resolve(hook, { approved: true })).toMatchObject([{ code: 'CONFLICT' }]);
    expect(await run.parts('draft')).toHaveLength(1);
  });
});
