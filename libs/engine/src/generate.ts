/**
 * The model/tool loop: the model answers, the tools that it asked for run, their results go back, until it asks for
 * none. Owns the order of steps; each model call and each tool call is a stored step.
 */

import type { LanguageModel, ModelMessage, ToolResultPart } from 'ai';
import type { JsonValue, UIMessageChunk } from '#libs/contracts';
import { ChunkCompactor } from '#libs/contracts';
import type { AttemptEnvironment } from './attempt-environment.js';
import { FatalError, FencedError } from './errors.js';
import { callModel, type ModelCallRequest, type ModelCallResult } from './model-call.js';
import { modelFailure } from './provider-errors.js';
import { StepBytes } from './step-bytes.js';
import type { ToolSet } from './tool.js';
import { runToolCall, type ToolOutcome } from './tool-call.js';

export interface GenerateOptions {
  model: LanguageModel;
  instructions: string;
  /** The conversation so far; the prompt comes last. */
  messages: ModelMessage[];
  tools: ToolSet;
  /** How many model calls the loop may make before it fails with STEP_LIMIT. */
  maxSteps: number;
  providerOptions?: ModelCallRequest['providerOptions'];
  /**
   * Asked before every model call; what it returns replaces the options for this round. It runs again in a replay, so it
   * must decide by its argument and stored results alone, and await nothing but steps.
   */
  prepareStep?(round: GenerateRound): GenerateOverrides | Promise<GenerateOverrides>;
}

export interface GenerateRound {
  /** 0 for the first model call of this loop. */
  round: number;
  /** What the model is about to see, less the instructions. */
  messages: readonly ModelMessage[];
}

export type GenerateOverrides = Partial<
  Pick<GenerateOptions, 'model' | 'instructions' | 'messages' | 'tools' | 'providerOptions'>
>;

export interface GenerateResult {
  /** The text of the last answer. */
  text: string;
  /** The conversation including everything that the loop added; pass it on to continue. */
  messages: ModelMessage[];
}

/** Runs the loop. Rejects as steps do; an answer that is not whole is a failed try, never a short answer. */
export async function generate(environment: AttemptEnvironment, options: GenerateOptions): Promise<GenerateResult> {
  const messages = [...options.messages];
  for (let round = 0; round < options.maxSteps; round++) {
    const { messages: seen, ...overrides } = (await options.prepareStep?.({ round, messages })) ?? {};
    const current = { ...options, ...overrides };
    const answer = await modelStep(environment, current, seen ?? messages);
    messages.push(...answer.responseMessages);
    const answeredAlready = answer.responseMessages.some((message) => message.role === 'tool');
    if (answer.toolCalls.length === 0 && !answeredAlready) return { text: answer.text, messages };
    if (answer.toolCalls.length > 0) {
      messages.push({ role: 'tool', content: await toolSteps(environment, current.tools, answer) });
    }
  }
  throw modelFailure('tooManySteps');
}

/** One model call as a step. Its chunks stream while it runs; a failed try is taken back by `reset-step`. */
async function modelStep(
  environment: AttemptEnvironment,
  options: GenerateOptions,
  messages: ModelMessage[],
): Promise<ModelCallResult> {
  const { message, steps, timeouts } = environment;
  let opened = false;
  const output = await steps.run({
    name: 'model-call',
    kind: 'MODEL_CALL',
    input: { messages: messages.length, tools: Object.keys(options.tools) },
    // Not the instructions: a new release of an agent may word them differently while its runs are under way.
    identity: messages,
    onRetry: () => {
      if (opened) message.chunks([{ type: 'reset-step' }]);
    },
    execute: async ({ signal }) => {
      const bytes = new StepBytes();
      const own = new ChunkCompactor(opened ? [{ type: 'start-step' }] : []);
      const send = (given: UIMessageChunk) => {
        const chunk = withoutProviderMetadata(given);
        if (chunk.type === 'start-step') {
          // After a reset the step that the failed try opened is still there.
          if (opened) return;
          opened = true;
        }
        bytes.add([chunk]);
        own.push([chunk]);
        message.chunks([chunk]);
      };
      const { model, instructions, tools, providerOptions } = options;
      const result = await callModel({
        model,
        instructions,
        messages,
        tools,
        timeouts,
        signal,
        onChunk: send,
        ...(providerOptions && { providerOptions }),
      });
      return {
        output: result as unknown as { [key: string]: JsonValue },
        chunks: own.toChunks(),
        usage: result.usage,
        announce: [],
      };
    },
  });
  return output as unknown as ModelCallResult;
}

/** It holds encrypted reasoning, which is large, of no use to viewers, and stands in `responseMessages` anyway. */
function withoutProviderMetadata(chunk: UIMessageChunk): UIMessageChunk {
  if (!('providerMetadata' in chunk)) return chunk;
  const { providerMetadata, ...shown } = chunk as UIMessageChunk & { providerMetadata?: unknown };
  return shown as UIMessageChunk;
}

/** Functions run side by side; edits of the graph one after the other, in the order in which they were asked for. */
async function toolSteps(
  environment: AttemptEnvironment,
  tools: ToolSet,
  answer: ModelCallResult,
): Promise<ToolResultPart[]> {
  let edits: Promise<unknown> = Promise.resolve();
  const known = answer.toolCalls.map((call) => {
    const tool = tools[call.toolName];
    if (!tool) throw new FatalError('INTERNAL');
    return { call, tool };
  });
  const outcomes = known.map(({ call, tool }): Promise<ToolOutcome> => {
    if (tool.kind === 'function') return runToolCall(environment, tool, call);
    const edit = edits.then(() => runToolCall(environment, tool, call));
    edits = edit;
    return edit;
  });
  const settled = await Promise.allSettled(outcomes);
  const failures = settled.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  if (failures.length > 0) throw failures.find((reason) => reason instanceof FencedError) ?? failures[0];
  return answer.toolCalls.map((call, index) => {
    const outcome = (settled[index] as PromiseFulfilledResult<ToolOutcome>).value;
    return {
      type: 'tool-result',
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      output: outcome.ok ? { type: 'json', value: outcome.value } : { type: 'error-text', value: outcome.errorText },
    };
  });
}
