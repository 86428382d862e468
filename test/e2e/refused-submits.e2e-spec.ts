import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});
afterAll(() => system?.stop());

/** A workflow whose run has succeeded, and whose cursor stands behind the end of that run. */
async function finished(prompt: string): Promise<string> {
  const { workflowId, runId } = await system.api.start(prompt);
  await until(async () => {
    const { status, streamClosed } = await system.evidence.run(runId);
    return status === 'SUCCEEDED' && streamClosed;
  }, 'the run succeeds and its end is told');
  return workflowId;
}

/** Submits what must be refused, and holds the database against what it was before. */
async function refusalOf(input: Record<string, unknown>) {
  const before = await system.evidence.rowCounts();
  const { workflow, run, userErrors } = await system.api.submitPrompt(input);
  expect({ workflow, run }).toEqual({ workflow: null, run: null });
  expect(await system.evidence.rowCounts()).toEqual(before);
  return userErrors.map(({ code }) => code);
}

describe('a refused submit', () => {
  it('stores no row of a new workflow', async () => {
    expect(await refusalOf({ prompt: '' })).toEqual(['VALIDATION']);
    expect(await refusalOf({ prompt: 'Send a mail', agent: 'nobody' })).toEqual(['VALIDATION']);
    expect(await refusalOf({ prompt: 'Send a mail', agent: 'nobody', idempotencyKey: randomUUID() })).toEqual([
      'VALIDATION',
    ]);
  });

  it('adds no message and no run to the workflow that it was meant for', async () => {
    const workflowId = await finished('Every Monday email a report to ops@acme.io');
    const before = await system.api.workflow(workflowId);
    for (const prompt of ['', ' \n', 'x'.repeat(100_000)]) {
      expect(await refusalOf({ workflowId, prompt, idempotencyKey: randomUUID() })).toEqual(['VALIDATION']);
    }
    expect(await system.api.workflow(workflowId)).toEqual(before);
  });

  it('stores nothing while another run goes on, and may be repeated with its key afterwards', async () => {
    const { workflowId, runId } = await system.api.start('[[sim: silent]] Every day at 9 post a message in Slack');
    await until(async () => (await system.api.run(runId))?.status === 'RUNNING', 'the run is under way');
    const second = { workflowId, prompt: 'And email it to ops@acme.io', idempotencyKey: randomUUID() };
    const messages = async () => (await system.api.workflow(workflowId))?.messages.map(({ id }) => id);
    const before = await messages();
    const refused = await system.api.submitPrompt(second);
    expect(refused).toMatchObject({ run: null, userErrors: [{ code: 'CONFLICT' }] });
    expect(await messages()).toEqual(before);

    await system.api.cancelRun(runId);
    await until(async () => (await system.api.workflow(workflowId))?.promptLock === null, 'the prompt is free');
    const accepted = await system.api.submitPrompt(second);
    expect(accepted.userErrors).toEqual([]);
    expect(accepted.run?.id).not.toBe(runId);
    expect(await messages()).toHaveLength((before?.length ?? 0) + 2);
  });

  it('does not use up its idempotency key', async () => {
    const idempotencyKey = randomUUID();
    expect(await refusalOf({ prompt: '', idempotencyKey })).toEqual(['VALIDATION']);
    expect(await refusalOf({ prompt: 'Send a mail', agent: 'nobody', idempotencyKey })).toEqual(['VALIDATION']);
    const accepted = await system.api.submitPrompt({ prompt: 'Send a mail every Monday', idempotencyKey });
    expect(accepted.userErrors).toEqual([]);
    expect(accepted.run).not.toBeNull();
  });
});
