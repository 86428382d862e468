import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system?.stop());

async function scheduleOf(timeZone: string | null): Promise<unknown> {
  const prompt = 'Every Monday at 8 call https://example.com/x';
  const { workflow, run } = await system.api.submitPrompt({ prompt, timeZone });
  await until(async () => (await system.api.run(run?.id ?? ''))?.status === 'SUCCEEDED', 'the run succeeds', 60_000);
  const built = await system.api.workflow(workflow?.id ?? '');
  return built?.graph.nodes.find(({ type }) => type === 'trigger.schedule')?.parameters;
}

describe('the time zone of a prompt', () => {
  it('is that of the schedules that are built from it', async () => {
    expect(await scheduleOf('america/new_york')).toMatchObject({ cron: '0 8 * * 1', timezone: 'America/New_York' });
  });

  it('is UTC when none is given', async () => {
    expect(await scheduleOf(null)).toMatchObject({ cron: '0 8 * * 1', timezone: 'UTC' });
  });

  it('is refused when there is none of that name', async () => {
    const answer = await system.api.submitPrompt({ prompt: 'Every Monday at 8', timeZone: 'Europe/Atlantis' });
    expect(answer).toMatchObject({
      run: null,
      userErrors: [{ code: 'VALIDATION', field: ['input', 'timeZone'] }],
    });
  });
});
