/**
 * One call of a tool as a step. Owns what a failing tool means: data for the model, another try, or the end.
 */
import type { JsonValue, UIMessageChunk } from '#libs/contracts';
import { FatalError, RetryableError } from './errors.js';
import type { GenerateEnvironment } from './generate.js';
import type { RequestedToolCall } from './model-call.js';
import type { StepRequest } from './step-runner.js';
import type { AgentTool, FunctionTool, GraphEditTool } from './tool.js';

/** What the model is told. */
export type ToolOutcome = { ok: true; value: JsonValue } | { ok: false; errorText: string };

/** Runs the call, or returns its stored outcome. Rejects only when the run cannot go on. */
export async function runToolCall(
  environment: GenerateEnvironment,
  tool: AgentTool,
  call: RequestedToolCall,
): Promise<ToolOutcome> {
  const request =
    tool.kind === 'function' ? functionStep(environment, tool, call) : graphEditStep(environment, tool, call);
  return (await environment.steps.run(request)) as unknown as ToolOutcome;
}

type OutcomeJson = { [key: string]: JsonValue };

function functionStep(
  environment: GenerateEnvironment,
  tool: FunctionTool,
  call: RequestedToolCall,
): StepRequest<OutcomeJson> {
  return {
    name: call.toolName,
    kind: 'TOOL_CALL',
    input: call.input,
    execute: async ({ signal }) => {
      const outcome = await outcomeOf(environment, tool, call, signal);
      const chunks = [outputChunk(call, outcome)];
      return { output: outcome as unknown as OutcomeJson, chunks, usage: null, announce: chunks };
    },
  };
}

async function outcomeOf(
  environment: GenerateEnvironment,
  tool: FunctionTool,
  call: RequestedToolCall,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const timeout = AbortSignal.timeout(environment.toolTimeoutMs);
  try {
    const value = await tool.execute(call.input, {
      idempotencyKey: `${environment.claim.runId}:${call.toolCallId}`,
      signal: AbortSignal.any([signal, timeout]),
    });
    return { ok: true, value };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FatalError || error instanceof RetryableError) throw error;
    const reason = timeout.aborted ? 'it took too long' : 'it failed unexpectedly';
    return { ok: false, errorText: `The tool ${call.toolName} gave no result: ${reason}.` };
  }
}

function graphEditStep(
  { claim, store, message }: GenerateEnvironment,
  tool: GraphEditTool,
  call: RequestedToolCall,
): StepRequest<OutcomeJson> {
  return {
    name: call.toolName,
    kind: 'TOOL_CALL',
    input: call.input,
    execute: () => Promise.reject(new FatalError('INTERNAL')),
    commit: async (stepId) => {
      const committed = await store.completeGraphStep(claim, stepId, (graph) => {
        const { output, ...edit } = tool.edit(call.input, graph);
        const outcome: ToolOutcome = { ok: true, value: output };
        return { ...edit, output: { ...outcome }, chunks: [outputChunk(call, outcome)], usage: null };
      });
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

function outputChunk(call: RequestedToolCall, outcome: ToolOutcome): UIMessageChunk {
  return outcome.ok
    ? { type: 'tool-output-available', toolCallId: call.toolCallId, output: outcome.value }
    : { type: 'tool-output-error', toolCallId: call.toolCallId, errorText: outcome.errorText };
}
