import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { System } from '../support/system.ts';

let system: System;

beforeAll(async () => {
  // Over the other of the two wire formats, so that both are played by whole runs.
  const environment = { HOLDFAST_APPROVAL_SECONDS: '1', HOLDFAST_MODEL_API: 'chat' };
  system = await System.start({ tokensPerSecond: 0, environment });
});

afterAll(async () => {
  await system?.stop();
});

describe('an approval that nobody gives', () => {
  it('ends post-author without publishing, and keeps the draft', async () => {
    const run = await AgentRun.start(system, 'post-author', 'Write a post about patience');
    await run.reaches('SUCCEEDED');
    const [hook] = await run.hooks();
    expect(hook?.status).toBe('EXPIRED');
    expect(await run.parts('draft')).toHaveLength(1);
    expect(await run.parts('post')).toMatchObject([{ status: 'expired', publishedAt: null }]);
    expect(await run.steps('published')).toEqual([]);
    if (hook) expect(await run.resolve(hook, { approved: true })).toMatchObject([{ code: 'CONFLICT' }]);
  });

  it('ends flight-booking without booking', async () => {
    const run = await AgentRun.start(system, 'flight-booking', 'A flight from Oslo to Rome tomorrow');
    await run.reaches('SUCCEEDED');
    expect(await run.parts('booking')).toMatchObject([{ status: 'expired' }]);
    const log = (await (await fetch(`${system.simulatorUrl}/airline/bookings`)).json()) as { bookings: unknown[] };
    expect(log.bookings).toEqual([]);
  });
});
