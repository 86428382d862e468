import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldChunks, StreamViewer } from '../support/stream-viewer.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const prompt = 'When a Stripe payment fails, tell #billing in Slack and open a Linear ticket, then email the CFO.';
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 120, workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

interface StepAnswer {
  name: string;
  kind: string;
  status: string;
  attempts: { number: number; epoch: string; error: { code: string } | null }[];
}

async function stepsOf(runId: string): Promise<StepAnswer[]> {
  const document = `query($id: ID!) { run(id: $id) { steps(first: 100) { nodes {
    name kind status attempts { number epoch error { code } } } } } }`;
  const data = await system.api.data<{ run: { steps: { nodes: StepAnswer[] } } }>(document, { id: runId });
  return data.run.steps.nodes;
}

async function modelStepsOf(runId: string, status: string): Promise<StepAnswer[]> {
  return (await stepsOf(runId)).filter((step) => step.kind === 'MODEL_CALL' && step.status === status);
}

/** How often the model was asked for the answer after `callIndex` earlier ones, whatever came of it. */
async function requestsOfTurn(callIndex: number): Promise<number> {
  const requests = await system.modelRequests();
  return requests.filter((request) => request.purpose === 'turn' && request.callIndex === callIndex).length;
}

describe('SIGKILL of the worker in the middle of a generation', () => {
  it('ends in a finished workflow, and no completed step is executed again', async () => {
    await system.forgetModelRequests();
    const { workflowId, runId } = await system.api.start(prompt);
    const viewer = new StreamViewer(system.api.socket, workflowId).open();

    const storedBeforeKill: { callIndex: number; requests: number }[] = [];
    for (const stored of [2, 5]) {
      await until(async () => (await modelStepsOf(runId, 'SUCCEEDED')).length >= stored, `${stored} calls are stored`);
      const holder = system.workers.find((worker) => worker.running && isHolding(worker.output, runId));
      await holder?.kill('SIGKILL');
      expect(holder).toBeDefined();
      const done = (await modelStepsOf(runId, 'SUCCEEDED')).length;
      for (let callIndex = 0; callIndex < done; callIndex++) {
        storedBeforeKill.push({ callIndex, requests: await requestsOfTurn(callIndex) });
      }
      await system.addWorker();
    }

    await viewer.sawEndOf(runId);
    expect(await system.api.run(runId)).toMatchObject({ status: 'SUCCEEDED', error: null });

    const steps = await stepsOf(runId);
    expect(steps.every((step) => step.status === 'SUCCEEDED')).toBe(true);
    // A call whose step was stored is never made again; one that was cut off by the kill is.
    for (const { callIndex, requests } of storedBeforeKill) expect(await requestsOfTurn(callIndex)).toBe(requests);
    const modelSteps = steps.filter((step) => step.kind === 'MODEL_CALL');
    expect((await system.api.run(runId))?.attempts).toBe(3);
    for (const step of modelSteps) expect(step.attempts.filter((attempt) => !attempt.error)).toHaveLength(1);

    viewer.assertExact();
    expect(viewer.terminalEvents(runId)).toHaveLength(1);
    const workflow = await system.api.workflow(workflowId);
    const message = workflow?.messages.at(-1);
    const stored = await foldChunks((message?.chunks ?? []) as never);
    expect((await viewer.message(message?.id ?? ''))?.parts).toEqual(stored?.parts);
    expect(workflow?.graph.issues.filter((issue) => issue.severity === 'ERROR')).toEqual([]);
    viewer.close();
  });
});

/** Whether the last that this worker logged of the run is that it claimed it. */
function isHolding(output: string, runId: string): boolean {
  const lines = output.split('\n').filter((line) => line.includes(runId));
  return lines.some((line) => line.includes('run claimed')) && !lines.some((line) => line.includes('run finished'));
}
