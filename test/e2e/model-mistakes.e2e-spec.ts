import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTerminalRunStatus } from '#libs/contracts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** So often the linter's errors go back to the model. */
const CORRECTIONS = 3;
const WISH = 'Every Monday at 8 email a report to ops@acme.io';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  await system?.stop();
});

async function endOf(prompt: string, workflowId?: string) {
  const started = await system.api.start(prompt, workflowId);
  const run = await until(
    async () => {
      const current = await system.api.run(started.runId);
      return current && isTerminalRunStatus(current.status) ? current : null;
    },
    `the run ends: ${prompt}`,
    50_000,
  );
  const workflow = await system.api.workflow(started.workflowId);
  if (!workflow) throw new Error('The workflow is gone.');
  return { run, workflow };
}

/** How often the model was asked to correct its graph, by what it tried on the node that never fits. */
async function correctionsAskedFor(wish: string): Promise<number> {
  const requests = (await system.modelRequests()).filter(({ prompt }) => prompt.includes(wish));
  const calls = requests.flatMap(({ toolCalls }) => toolCalls as { name: string; arguments: unknown }[]);
  return calls.filter((call) => call.name === 'updateNode' && JSON.stringify(call).includes('stubborn')).length;
}

async function stepsOf(runId: string): Promise<{ id: string; name: string }[]> {
  const document = 'query($id: ID!) { run(id: $id) { steps(first: 100) { nodes { id name } } } }';
  type Answer = { run: { steps: { nodes: { id: string; name: string }[] } } };
  return (await system.api.data<Answer>(document, { id: runId })).run.steps.nodes;
}

async function checksOf(runId: string): Promise<number> {
  return (await stepsOf(runId)).filter((step) => step.name === 'check-graph').length;
}

const errorsIn = (issues: { severity: string }[]) => issues.filter(({ severity }) => severity === 'ERROR');

describe('a model that makes a mistake', () => {
  it.each(['malformed-arguments', 'unknown-tool', 'unknown-node-type'])(
    'is told of it and goes on: %s',
    async (fault) => {
      const { run, workflow } = await endOf(`[[sim: ${fault} times=1]] ${WISH}`);
      expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
      expect(errorsIn(workflow.graph.issues)).toEqual([]);
    },
  );

  it.each([1, CORRECTIONS])('is asked for %i corrections, no more than it needs', async (times) => {
    const wish = `Every day at ${times} email a report to team-${times}@acme.io`;
    const { run, workflow } = await endOf(`[[sim: never-valid times=${times}]] ${wish}`);
    expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(errorsIn(workflow.graph.issues)).toEqual([]);
    expect(await correctionsAskedFor(wish)).toBe(times);
  });
});

describe('a model that goes on making mistakes', () => {
  it('is asked for three corrections, then the run fails with what is wrong', async () => {
    const wish = 'Every day at 9 email a report to patient-team@acme.io';
    const { run, workflow } = await endOf(`[[sim: never-valid]] ${wish}`);
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { code: 'GRAPH_INVALID', message: expect.stringContaining('refers to the node "missing4"') },
    });
    expect(run.error?.message).not.toContain('tool calls');
    expect(workflow.status).toBe('FAILED');
    expect(workflow.promptLock).toBeNull();
    expect(await correctionsAskedFor(wish)).toBe(CORRECTIONS);
  });

  it('is given as many corrections again by a retry, which begins nothing anew', async () => {
    const { run } = await endOf('[[sim: never-valid]] Every day at 10 email a report to ops@acme.io');
    const steps = await stepsOf(run.id);
    expect((await system.api.retryRun(run.id)).userErrors).toEqual([]);
    await until(async () => (await stepsOf(run.id)).length > steps.length, 'the retry goes on');
    await until(async () => (await system.api.run(run.id))?.status === 'FAILED', 'the retry ends');
    expect((await stepsOf(run.id)).slice(0, steps.length).map((step) => step.id)).toEqual(steps.map((step) => step.id));
    expect(await checksOf(run.id)).toBe(2 * steps.filter((step) => step.name === 'check-graph').length - 1);
  });

  it.each(['malformed-arguments', 'unknown-tool', 'unknown-node-type'])(
    'fails and is told that its tool calls could not be used: %s',
    async (fault) => {
      const { run, workflow } = await endOf(`[[sim: ${fault} times=1000]] ${WISH}`);
      expect(run).toMatchObject({
        status: 'FAILED',
        error: {
          code: 'GRAPH_INVALID',
          message: expect.stringMatching(/[1-9]\d* of the model's \d+ tool calls could not be used\.$/),
          retryable: true,
        },
      });
      expect(workflow.status).toBe('FAILED');
      expect(workflow.promptLock).toBeNull();
    },
  );

  it('and refuses ends as FAILED without being asked again', async () => {
    const { run } = await endOf('[[sim: refuse]] Do something that no model should do');
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'MODEL_REFUSED' } });
  });
});

describe('a revision', () => {
  async function revisionsOf(workflowId: string): Promise<{ revision: number; nodes: number }[]> {
    const rows = await system.evidence.revisions(workflowId);
    return rows.map(({ revision, graph }) => ({ revision, nodes: graph.nodes.length }));
  }

  it('is kept of every run that succeeds, and of no run that fails', async () => {
    const first = await endOf(WISH);
    const nodes = first.workflow.graph.nodes.length;
    expect(await revisionsOf(first.workflow.id)).toEqual([{ revision: first.workflow.graph.revision, nodes }]);

    const failed = await endOf(`[[sim: never-valid]] Also post it to #ops in Slack`, first.workflow.id);
    expect(failed.run.status).toBe('FAILED');
    expect(await revisionsOf(first.workflow.id)).toHaveLength(1);

    const again = await endOf('Add a message to #board in Slack at the end', first.workflow.id);
    expect(again.run.status).toBe('SUCCEEDED');
    expect(await revisionsOf(first.workflow.id)).toEqual([
      { revision: first.workflow.graph.revision, nodes },
      { revision: again.workflow.graph.revision, nodes: again.workflow.graph.nodes.length },
    ]);
  });
});
