/**
 * The model/tool loop: calls the model, runs the tools that it asks for, sends back their results, and repeats until it
 * asks for none. Each model call and each tool call is a stored step.
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
  /** How many model calls the loop may make before it fails with STEP_LIMIT; each retry of the run allows as many again. */
  maxSteps: number;
  providerOptions?: ModelCallRequest['providerOptions'];
  /**
   * Called before every model call; its result overrides the options for this round. It runs again in a replay, so it must
   * decide by its argument and stored results only, and await nothing but steps.
   */
  prepareStep?(round: GenerateRound): GenerateOverrides | Promise<GenerateOverrides>;
}

export interface GenerateRound {
  /** 0 for the first model call of this loop. */
  round: number;
  /** What the model is about to see, without the instructions. */
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

/** Runs the loop. Rejects as steps do; an incomplete answer is a failed try, never a short answer. */
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

/** One model call as a step. Its chunks are streamed while it runs; `reset-step` takes back those of a failed try. */
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
      // The instructions are left out, because a new release of an agent may word them differently while its runs are in
      // progress.
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
            streamed: await streamed.complete(),
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

/** Provider metadata holds encrypted reasoning, which is large and useless to viewers, and is in `responseMessages` anyway. */
function withoutProviderMetadata(chunk: UIMessageChunk): UIMessageChunk {
  if (!('providerMetadata' in chunk)) return chunk;
  const { providerMetadata, ...shown } = chunk as UIMessageChunk & { providerMetadata?: unknown };
  return shown as UIMessageChunk;
}

/** One error for failures that happened in parallel: the first, with all other steps that a retry has to execute. */
function together(failures: readonly unknown[]): unknown {
  const [first, ...others] = failures.filter((failure) => failure instanceof StepError);
  return first && first === failures[0] && others.length > 0 ? new StepsError(first, others) : failures[0];
}

/**
 * Function tools run in parallel, up to a limit; graph edits run one after the other, in the order of the calls. All steps
 * start at once, so that a replay finds them whatever the order in which they were stored; only their execution waits.
 * Calls beyond the limit per answer are refused.
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
