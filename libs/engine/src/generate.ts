/**
 * The model/tool loop: the model answers, the tools that it asked for run, their results go back, until it asks for none. Each
 * model call and each tool call is a stored step.
 */

import type { LanguageModel, ModelMessage, ToolResultPart } from 'ai';
import { type JsonValue, limits, ownValue, type UIMessageChunk } from '#libs/contracts';
import { FatalError, FencedError, StepError, StepsError } from './errors.js';
import { callModel, type ModelCallRequest, type ModelCallResult } from './model-call.js';
import { modelFailure } from './provider-errors.js';
import { Semaphore } from './semaphore.js';
import type { AttemptEnvironment } from './step-runner.js';
import { StreamedStep } from './streamed-step.js';
import type { ToolSet } from './tool.js';
import { refuseToolCalls, runToolCall, type ToolOutcome } from './tool-call.js';

export interface GenerateOptions {
  model: LanguageModel;
  instructions: string;
  /** The conversation so far; the prompt comes last. */
  messages: ModelMessage[];
  tools: ToolSet;
  /** How many model calls the loop may make before it fails with STEP_LIMIT; as many again after each retry of the run. */
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
  let left = options.maxSteps;
  for (let round = 0; ; round++) {
    if (left <= 0) {
      await environment.steps.failUntilRetried('step-limit', modelFailure('tooManySteps'));
      left = options.maxSteps;
    }
    left--;
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
}

/** One model call as a step. Its chunks stream while it runs; a failed try is taken back by `reset-step`. */
async function modelStep(
  environment: AttemptEnvironment,
  options: GenerateOptions,
  messages: ModelMessage[],
): Promise<ModelCallResult> {
  const { message, steps, timeouts } = environment;
  const streamed = new StreamedStep(message);
  const { model, instructions, tools, providerOptions } = options;
  try {
    const output = await steps.run({
      name: 'model-call',
      kind: 'MODEL_CALL',
      input: { messages: messages.length, tools: Object.keys(tools) },
      // Not the instructions: a new release of an agent may word them differently while its runs are under way.
      identity: messages,
      onRetry: () => streamed.takeBack(),
      onFailure: () => streamed.giveUp(),
      execute: async ({ signal }) => {
        streamed.begin(signal);
        try {
          const result = await callModel({
            model,
            instructions,
            messages,
            tools,
            timeouts,
            signal,
            toolCallId: (given) => streamed.toolCallId(given),
            knownToolCallId: (given) => streamed.toolCallIdOfResult(given),
            onChunk: (chunk) => streamed.add(withoutProviderMetadata(chunk)),
            ...(providerOptions && { providerOptions }),
          });
          return {
            output: result as unknown as { [key: string]: JsonValue },
            chunks: await streamed.complete(),
            usage: result.usage,
            announce: [],
          };
        } catch (error) {
          streamed.fail();
          throw error;
        }
      },
    });
    return output as unknown as ModelCallResult;
  } finally {
    streamed.release();
  }
}

/** It holds encrypted reasoning, which is large, of no use to viewers, and stands in `responseMessages` anyway. */
function withoutProviderMetadata(chunk: UIMessageChunk): UIMessageChunk {
  if (!('providerMetadata' in chunk)) return chunk;
  const { providerMetadata, ...shown } = chunk as UIMessageChunk & { providerMetadata?: unknown };
  return shown as UIMessageChunk;
}

/** What stands for failures that came side by side: the first, and with it all other steps that a retry has to execute. */
function together(failures: readonly unknown[]): unknown {
  const [first, ...others] = failures.filter((failure) => failure instanceof StepError);
  return first && first === failures[0] && others.length > 0 ? new StepsError(first, others) : failures[0];
}

/**
 * Functions run side by side, some at a time; edits of the graph one after the other, in the order in which they were asked
 * for. All steps are begun at once, so that a replay meets them in whatever order they were stored; what waits is executing
 * them. Of very many calls the last are refused.
 */
async function toolSteps(
  environment: AttemptEnvironment,
  tools: ToolSet,
  answer: ModelCallResult,
): Promise<ToolResultPart[]> {
  let edits: Promise<unknown> = Promise.resolve();
  const slots = new Semaphore(limits.toolCallsAtOnce);
  const excess = answer.toolCalls.slice(limits.toolCallsPerAnswer);
  const known = answer.toolCalls.slice(0, limits.toolCallsPerAnswer).map((call) => {
    const tool = ownValue(tools, call.toolName);
    if (!tool) throw new FatalError('INTERNAL');
    return { call, tool };
  });
  const outcomes = known.map(({ call, tool }): Promise<ToolOutcome> => {
    if (tool.kind === 'function') return runToolCall(environment, tool, call, slots);
    const edit = edits.then(() => runToolCall(environment, tool, call, slots));
    edits = edit;
    return edit;
  });
  const [settled, refusal] = await Promise.all([
    Promise.allSettled(outcomes),
    excess.length > 0 ? refuseToolCalls(environment, excess) : null,
  ]);
  const failures = settled.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  if (failures.length > 0) throw failures.find((reason) => reason instanceof FencedError) ?? together(failures);
  return answer.toolCalls.map((call, index) => {
    const carriedOut = settled[index] as PromiseFulfilledResult<ToolOutcome> | undefined;
    const outcome = carriedOut?.value ?? refusal;
    if (!outcome) throw new FatalError('INTERNAL');
    return {
      type: 'tool-result',
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      output: outcome.ok ? { type: 'json', value: outcome.value } : { type: 'error-text', value: outcome.errorText },
    };
  });
}
