/** One tool call as a step, and what a tool's failure leads to: data for the model, another try, or the end of the run. */
import { type JsonValue, limits, type UIMessageChunk } from '#libs/contracts';
import { emptyPatch, lintGraph, type WorkflowGraph } from '#libs/graph';
import { abortable } from './abortable.js';
import { FatalError, RetryableError, retryDelayMs } from './errors.js';
import type { RequestedToolCall } from './model-call.js';
import type { Semaphore } from './semaphore.js';
import { type StepExecution, type StepRequest, storableValue } from './step.js';
import type { AttemptEnvironment } from './step-runner.js';
import type { AgentTool, FunctionTool, GraphEdit, GraphEditTool } from './tool.js';

/** The result as the model gets it. */
export type ToolOutcome = { ok: true; value: JsonValue } | { ok: false; errorText: string };

/** Runs the call when there is a free slot, or returns its stored outcome. Rejects only when the run cannot continue. */
export async function runToolCall(
  environment: AttemptEnvironment,
  tool: AgentTool,
  call: RequestedToolCall,
  slots: Semaphore,
): Promise<ToolOutcome> {
  const request =
    tool.kind === 'function' ? functionStep(environment, tool, call, slots) : graphEditStep(environment, tool, call);
  return (await environment.steps.run(request)) as unknown as ToolOutcome;
}

/** Answers the calls beyond the limit per answer: one step for all of them, with the same error for each. */
export async function refuseToolCalls(
  environment: AttemptEnvironment,
  calls: readonly RequestedToolCall[],
): Promise<ToolOutcome> {
  const outcome: ToolOutcome = {
    ok: false,
    errorText: `Not carried out: at most ${limits.toolCallsPerAnswer} calls of one answer are. Ask for fewer at a time.`,
  };
  const chunks = calls.map((call) => outputChunk(call, outcome));
  await environment.steps.run({
    name: 'refuse-tool-calls',
    kind: 'FUNCTION',
    input: { calls: calls.length },
    execute: async () => ({ output: null, usage: null, announce: chunks }),
  });
  return outcome;
}

type OutcomeJson = { [key: string]: JsonValue };

function functionStep(
  environment: AttemptEnvironment,
  tool: FunctionTool,
  call: RequestedToolCall,
  slots: Semaphore,
): StepRequest<OutcomeJson> {
  return {
    name: call.toolName,
    kind: 'TOOL_CALL',
    input: call.input,
    execute: async (execution) => {
      const outcome = await slots.run(execution.signal, () => outcomeOf(environment, tool, call, execution));
      const chunks = [outputChunk(call, outcome)];
      return { output: outcome as unknown as OutcomeJson, usage: null, announce: chunks };
    },
  };
}

async function outcomeOf(
  environment: AttemptEnvironment,
  tool: FunctionTool,
  call: RequestedToolCall,
  { stepId, failedTries, signal }: StepExecution,
): Promise<ToolOutcome> {
  const timeout = AbortSignal.timeout(environment.toolTimeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  const idempotencyKey = `${environment.claim.runId}:${call.toolCallId}`;
  try {
    return { ok: true, value: await abortable(tool.execute(call.input, { idempotencyKey, signal: either }), either) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FatalError) throw error;
    if (error instanceof RetryableError && retryDelayMs(error, failedTries + 1) !== null) throw error;
    environment.reportFailure({ stepId, tool: call.toolName, err: error }, 'a tool failed and the model is told');
    if (error instanceof RetryableError) {
      // The model may find another way; an unavailable service must not end the run.
      return { ok: false, errorText: error.message };
    }
    const reason = timeout.aborted ? 'it took too long' : 'it failed unexpectedly';
    return { ok: false, errorText: `The tool ${call.toolName} gave no result: ${reason}.` };
  }
}

function graphEditStep(
  environment: AttemptEnvironment,
  tool: GraphEditTool,
  call: RequestedToolCall,
): StepRequest<OutcomeJson> {
  const { claim, store, message, reportFailure } = environment;
  return {
    name: call.toolName,
    kind: 'TOOL_CALL',
    input: call.input,
    execute: () => Promise.reject(new FatalError('INTERNAL')),
    commit: async (stepId) => {
      let failure: unknown;
      environment.claimedGraph = null;
      const committed = await store.completeGraphStep(claim, stepId, (graph) => {
        const { outcome, edit, thrown } = editOf(tool, call, graph);
        failure = thrown;
        const value = { output: { ...outcome }, usage: null, announce: [outputChunk(call, outcome)] };
        const { output, announce: chunks, usage } = storableValue(call.toolName, value);
        return { ...edit, output, chunks, usage };
      });
      if (failure) reportFailure({ stepId, tool: call.toolName, err: failure }, 'an edit failed and the model is told');
      return {
        step: committed.step,
        output: committed.output as OutcomeJson,
        announce: () => {
          message.chunks(committed.chunks);
          if (committed.event) message.event(committed.event);
        },
      };
    },
  };
}

/** An edit that throws changes nothing, and the model gets the error. */
function editOf(
  tool: GraphEditTool,
  call: RequestedToolCall,
  graph: WorkflowGraph,
): { outcome: ToolOutcome; edit: Omit<GraphEdit, 'output'>; thrown?: unknown } {
  try {
    const { output, ...edit } = tool.edit(call.input, graph);
    return { outcome: { ok: true, value: output }, edit };
  } catch (thrown) {
    const errorText = `The tool ${call.toolName} could not apply this edit.`;
    const edit = { graph, patch: emptyPatch(), issues: lintGraph(graph) };
    return { outcome: { ok: false, errorText }, edit, thrown };
  }
}

function outputChunk(call: RequestedToolCall, outcome: ToolOutcome): UIMessageChunk {
  return outcome.ok
    ? { type: 'tool-output-available', toolCallId: call.toolCallId, output: outcome.value }
    : { type: 'tool-output-error', toolCallId: call.toolCallId, errorText: outcome.errorText };
}
