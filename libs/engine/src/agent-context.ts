/** The context of an agent, on top of one attempt: each method becomes a step. */
import type { JsonValue, UIMessageChunk } from '#libs/contracts';
import type { WorkflowGraph } from '#libs/graph';
import { quietly } from './abortable.js';
import type { AgentContext, ProgressUpdate } from './agent.js';
import { toRunError } from './errors.js';
import { generate } from './generate.js';
import { generateObject, generateText } from './generate-once.js';
import type { ClaimedRun } from './ports/run-store.port.js';
import type { StepExecution } from './step.js';
import type { AttemptEnvironment, StepRunner } from './step-runner.js';
import { sleep, waitForHook } from './waiting.js';

export function createAgentContext(
  claimed: ClaimedRun,
  environment: AttemptEnvironment,
  signal: AbortSignal,
): AgentContext {
  const { steps } = environment;
  const { claim } = claimed;
  return {
    runId: claim.runId,
    workflowId: claim.workflowId,
    prompt: claimed.prompt,
    conversation: claimed.conversation,
    startedAt: new Date(claimed.startedAt),
    timeZone: claimed.timeZone,
    title: claimed.title,
    attempt: claim.attempt,
    signal,
    step: <T extends JsonValue>(name: string, execute: (execution: StepExecution) => Promise<T> | T) =>
      steps.run<T>({
        name,
        kind: 'FUNCTION',
        input: null,
        execute: async (execution) => {
          const output = await reportingUnknown(environment, name, execution, execute);
          return { output, usage: null, announce: [] };
        },
      }),
    generate: (options) => quietly(generate(environment, options)),
    generateText: (name, options) => quietly(generateText(environment, name, options)),
    generateObject: (name, options) => quietly(generateObject(environment, name, options)),
    hook: (name, options) => quietly(waitForHook(environment, name, options)),
    sleep: (duration) => quietly(sleep(environment, duration)),
    graph: () => (steps.isInsideStep ? currentGraph(environment) : quietly(storedGraph(environment))),
    failUntilRetried: (name, error) => quietly(steps.failUntilRetried(name, error)),
    progress: (update) => quietly(reportProgress(steps, update)),
    emit: (name, chunks) => quietly(emitChunks(steps, name, chunks)),
  };
}

/** Logs errors of unknown kind for operators, because people see no details of them. */
async function reportingUnknown<T>(
  environment: AttemptEnvironment,
  step: string,
  execution: StepExecution,
  execute: (execution: StepExecution) => Promise<T> | T,
): Promise<T> {
  try {
    return await execute(execution);
  } catch (err) {
    if (!execution.signal.aborted && toRunError(err).code === 'INTERNAL') {
      const { stepId, tryNumber } = execution;
      environment.reportFailure({ stepId, step, tryNumber, err }, 'a step failed unexpectedly');
    }
    throw err;
  }
}

async function currentGraph({ claimedGraph, store, claim }: AttemptEnvironment): Promise<WorkflowGraph> {
  return claimedGraph ? structuredClone(claimedGraph) : store.readGraph(claim);
}

/** Code between steps runs again in a replay, so what it bases decisions on must not change. */
async function storedGraph(environment: AttemptEnvironment): Promise<WorkflowGraph> {
  const graph = await environment.steps.run({
    name: 'graph',
    kind: 'FUNCTION',
    input: null,
    execute: async () => {
      const output = (await currentGraph(environment)) as unknown as JsonValue;
      return { output, usage: null, announce: [] };
    },
  });
  return graph as unknown as WorkflowGraph;
}

async function reportProgress(steps: StepRunner, update: string | ProgressUpdate): Promise<void> {
  const { text, percent, id }: ProgressUpdate = typeof update === 'string' ? { text: update } : update;
  const data = { text, percent: percent ?? null };
  await steps.run({
    name: 'progress',
    kind: 'FUNCTION',
    input: data,
    execute: async () => {
      const chunks: UIMessageChunk[] = [{ type: 'data-progress', ...(id !== undefined && { id }), data }];
      return { output: null, usage: null, announce: chunks };
    },
  });
}

async function emitChunks(steps: StepRunner, name: string, chunks: UIMessageChunk[]): Promise<void> {
  await steps.run({
    name,
    kind: 'FUNCTION',
    input: null,
    execute: async () => ({ output: null, usage: null, announce: chunks }),
  });
}
