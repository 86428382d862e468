import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTerminalRunStatus } from '#libs/contracts';
import type { WorkflowAnswer } from '../support/graphql-api.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import { type HabitServer, startHabitServer } from './habit-server.ts';
import { type Habit, habits, hangsAtHalf } from './wire-habits.ts';

/**
 * Through the whole system: whatever a server makes of Chat Completions, its runs end as those of any other. The slow
 * habits stand among the fault suites.
 */
interface Started {
  workflowId: string;
  runId: string;
}

type Part = { type: string; text?: string; state?: string };

let server: HabitServer;
let system: System;
const started = new Map<string, Started>();

beforeAll(async () => {
  server = await startHabitServer([...habits, hangsAtHalf]);
  system = await System.start({
    environment: {
      OPENAI_BASE_URL: server.baseUrl,
      HOLDFAST_SIMULATED: 'false',
      HOLDFAST_MODEL: 'habits',
      HOLDFAST_WORKER_CONCURRENCY: '20',
    },
  });
  for (const { name } of habits) started.set(name, await system.api.start(promptFor(name)));
});

afterAll(async () => {
  await system?.stop();
  await server?.stop();
});

function promptFor(habit: string): string {
  return `Each Friday at 7:30 ask https://example.com/status [[habit: ${habit}]]`;
}

const endOf = (runId: string) =>
  until(
    async () => {
      const run = await system.api.run(runId);
      return run && isTerminalRunStatus(run.status) ? run : null;
    },
    `the run ${runId} ends`,
    55_000,
  );

function partsOf(workflow: WorkflowAnswer | null): Part[] {
  return (workflow?.messages.at(-1)?.parts ?? []) as Part[];
}

const toolParts = (parts: Part[]) => parts.filter(({ type }) => type.startsWith('tool-'));
const textOf = (parts: Part[], type: 'text' | 'reasoning') =>
  parts.filter((part) => part.type === type).map((part) => part.text?.trim() ?? '');

/** Requests for answers, without those for a title. */
const asked = ({ name }: Pick<Habit, 'name'>) =>
  server.requests.filter(({ habit, isTitle }) => habit === name && !isTitle);

describe('a model server with the habit', () => {
  it.each(habits)('$name ends its run as $ends.status', async (habit) => {
    const { workflowId, runId } = started.get(habit.name) as Started;
    const run = await endOf(runId);
    const workflow = await system.api.workflow(workflowId);
    const parts = partsOf(workflow);
    expect(server.requests.filter(({ refusal }) => refusal !== null)).toEqual([]);
    if (habit.ends.status === 'FAILED') {
      expect(run).toMatchObject({ status: 'FAILED', error: { code: habit.ends.code } });
      expect(asked(habit)).toHaveLength(habit.ends.tries);
      return;
    }
    expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(workflow?.graph.nodes.map(({ id }) => id)).toEqual(['start', 'ask']);
    expect(workflow?.graph.edges).toHaveLength(1);
    expect(asked(habit)).toHaveLength(habit.ends.rounds);
    expect(toolParts(parts).map(({ type }) => type.slice('tool-'.length))).toEqual(habit.ends.tools);
    const steps = await system.evidence.storedSteps(runId);
    const executed = steps.filter(({ kind }) => kind === 'TOOL_CALL').map(({ name }) => name);
    expect(executed.sort()).toEqual([...habit.ends.tools].sort());
    if (habit.ends.text !== undefined) expect(textOf(parts, 'text').at(-1)).toBe(habit.ends.text);
    expect(textOf(parts, 'reasoning')[0]).toBe(habit.ends.reasoning);
    expect(textOf(parts, 'text').join()).not.toContain('<think>');
    expect(JSON.stringify(workflow)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('to hang behind half an emoji leaves nothing that the next prompt could not send', async () => {
    const { workflowId, runId } = await system.api.start(promptFor(hangsAtHalf.name));
    const shown = async () => textOf(partsOf(await system.api.workflow(workflowId)), 'text').join();
    await until(async () => (await shown()).includes('now'), 'text is shown');
    await system.api.cancelRun(runId);
    expect(await endOf(runId)).toMatchObject({ status: 'CANCELED' });
    expect(await shown()).toBe('Ready for launch now');
    const again = await system.api.start(promptFor('usual'), workflowId);
    expect(await endOf(again.runId)).toMatchObject({ status: 'SUCCEEDED', error: null });
  });
});
