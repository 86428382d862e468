/** One model call: one request to the provider, without the SDK's retries, and with checks that the answer is complete. */

import {
  type FinishReason,
  InvalidToolInputError,
  isStepCount,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  NoSuchToolError,
  type streamText as StreamText,
  streamText,
  tool,
  toUIMessageStream,
} from 'ai';
import { type JsonValue, type UIMessageChunk, type Usage, wellFormed } from '#libs/contracts';
import { renamingToolCalls, wellFormedText } from './answer-transforms.js';
import { errorOfFinishReason, modelFailure, toModelCallError } from './provider-errors.js';
import { hearingSignsOfLife, SilenceLimit } from './silence-limit.js';
import { timings } from './timings.js';
import type { ToolSet } from './tool.js';

/** Milliseconds. */
export interface ModelTimeouts {
  totalMs: number;
  /** From the request to the first content of the answer, whatever the connection does in between. */
  firstChunkMs: number;
  /** Longest time without a byte of the answer, once it has begun. */
  idleMs: number;
}

export const defaultModelTimeouts: ModelTimeouts = {
  totalMs: timings.modelTotalMs,
  firstChunkMs: timings.modelFirstChunkMs,
  idleMs: timings.modelIdleMs,
};

export interface ModelCallRequest {
  model: LanguageModel;
  instructions: string;
  messages: ModelMessage[];
  tools: ToolSet;
  timeouts: ModelTimeouts;
  signal: AbortSignal;
  providerOptions?: Parameters<typeof StreamText>[0]['providerOptions'];
  /** Maps the provider's id of a tool call to the id to use; the same id for the same input. */
  toolCallId?(given: string): string;
  /** The same for a result, whose call may be in an earlier answer. */
  knownToolCallId?(given: string): string;
  maxOutputTokens?: number;
  /** Asks for an answer of this form. The caller must check that it has it. */
  output?: Parameters<typeof StreamText>[0]['output'];
  /** Absent when the answer is not streamed to viewers. */
  onChunk?(chunk: UIMessageChunk): void;
}

/** A tool call by the model, with input that fits the tool's schema. */
export interface RequestedToolCall {
  toolCallId: string;
  toolName: string;
  input: JsonValue;
}

export interface ModelCallResult {
  text: string;
  finishReason: FinishReason;
  /**
   * Only valid calls of our own tools. Invalid calls and those that the provider ran itself are already answered in
   * `responseMessages`.
   */
  toolCalls: RequestedToolCall[];
  responseMessages: ModelMessage[];
  usage: Usage;
}

/**
 * Streams one answer. Rejects with `RetryableError` or `FatalError` when the answer is incomplete, and with the signal's
 * reason when aborted. The request to the provider is closed in every case.
 */
export async function callModel(request: ModelCallRequest): Promise<ModelCallResult> {
  const own = new AbortController();
  const signal = AbortSignal.any([request.signal, own.signal]);
  let failure: unknown;
  let used: Usage | null = null;
  const remember = (error: unknown) => {
    failure ??= error;
  };
  const giveUp = (sentence: string) => {
    remember(timeoutError(sentence));
    own.abort(failure);
  };
  // The SDK's own limits start at the response headers, which may never come, and count parts, not bytes.
  const firstChunkTimer = setTimeout(
    () => giveUp('The model did not begin to answer in time.'),
    request.timeouts.firstChunkMs,
  );
  const silence = new SilenceLimit(request.timeouts.idleMs, () => giveUp('The model fell silent.'));
  try {
    const tools = toSdkTools(request.tools);
    const toolCallId = request.toolCallId ?? unchanged;
    const ask = () =>
      streamText({
        model: request.model,
        instructions: wellFormed(request.instructions),
        // Texts of earlier answers and of tools may have been stored before texts were made well-formed.
        messages: wellFormed(request.messages),
        tools,
        stopWhen: isStepCount(1),
        maxRetries: 0,
        abortSignal: signal,
        timeout: { totalMs: request.timeouts.totalMs },
        ...(request.providerOptions && { providerOptions: request.providerOptions }),
        experimental_transform: [
          wellFormedText(),
          renamingToolCalls(toolCallId, request.knownToolCallId ?? toolCallId),
        ],
        ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
        ...(request.output && { output: request.output }),
        onError: ({ error }) => remember(error),
        repairToolCall: async ({ toolCall }) => readableCall(toolCall),
        onStepEnd: ({ usage }) => {
          used = reportedUsage(usage);
        },
      });
    const result = hearingSignsOfLife(() => silence.heard(), ask);
    const chunks = toUIMessageStream({
      stream: result.stream,
      tools,
      sendStart: false,
      sendFinish: false,
      onError: (error) => {
        const description = describeToolInputError(error);
        if (description === null) remember(error);
        return description ?? 'The model call failed.';
      },
    });
    for await (const chunk of chunks) {
      if (chunk.type !== 'start-step') {
        clearTimeout(firstChunkTimer);
        silence.start();
        silence.heard();
      }
      if (chunk.type === 'abort' && !request.signal.aborted) remember(timeoutError(chunk.reason));
      if (!neverShown.has(chunk.type)) request.onChunk?.(ofProvider(chunk));
    }
    request.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    const step = await result.finalStep;
    const unfinished = errorOfFinishReason(step.finishReason, used);
    if (unfinished) throw unfinished;
    const wantsApproval = step.content.some(({ type }) => type === 'tool-approval-request');
    if (wantsApproval) throw modelFailure('approvalWanted', { usage: used });
    const isEmpty = step.text.trim() === '' && step.toolCalls.length === 0;
    // After tool results, a model may have nothing to add.
    if (isEmpty && request.messages.at(-1)?.role !== 'tool') throw modelFailure('emptyAnswer', { usage: used });
    return {
      text: step.text,
      finishReason: step.finishReason,
      toolCalls: step.toolCalls
        .filter((call) => !call.invalid && !call.providerExecuted)
        .map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input: input as JsonValue })),
      responseMessages: await result.responseMessages,
      usage: toUsage(step.usage),
    };
  } catch (error) {
    request.signal.throwIfAborted();
    throw toModelCallError(failure ?? error, used);
  } finally {
    clearTimeout(firstChunkTimer);
    silence.stop();
    // Leaving the iteration does not stop the request to the provider.
    own.abort();
  }
}

type GivenCall = Parameters<NonNullable<Parameters<typeof StreamText>[0]['repairToolCall']>>[0]['toolCall'];

/**
 * A call that the SDK could not parse, corrected: a provider's own tools are not in our tool set, and half an emoji fits no
 * text schema. `null` leaves the call as it is.
 */
function readableCall(call: GivenCall): GivenCall | null {
  if (call.providerExecuted) return call.dynamic ? null : { ...call, dynamic: true };
  const given = parsed(call.input);
  const input = wellFormed(given);
  return input === given ? null : { ...call, input: JSON.stringify(input) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Readers do not know the provider's own tools, so every chunk of such a call must be marked as dynamic. */
function ofProvider(chunk: UIMessageChunk): UIMessageChunk {
  const isCall = chunk.type === 'tool-input-start' || chunk.type === 'tool-input-available';
  return isCall && chunk.providerExecuted ? { ...chunk, dynamic: true } : chunk;
}

/** Approvals requested by providers cannot be given, so they are not shown. */
const neverShown: ReadonlySet<UIMessageChunk['type']> = new Set(['error', 'abort', 'tool-approval-request']);

const unchanged = (id: string): string => id;

function timeoutError(reason: unknown): Error {
  return new DOMException(String(reason ?? 'The model took too long.'), 'TimeoutError');
}

/** Tool input errors are shown to the model and to readers; other errors are not. */
function describeToolInputError(error: unknown): string | null {
  const described = InvalidToolInputError.isInstance(error) || NoSuchToolError.isInstance(error);
  return described ? error.message : null;
}

/** Without `execute`, because the SDK must not run tools: they are separate steps. */
function toSdkTools(tools: ToolSet) {
  return Object.fromEntries(
    Object.entries(tools).map(([name, { description, inputSchema }]) => [name, tool({ description, inputSchema })]),
  );
}

/** `null` when the answer broke off before the provider reported usage. */
function reportedUsage(usage: LanguageModelUsage): Usage | null {
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? null : toUsage(usage);
}

function toUsage(usage: LanguageModelUsage): Usage {
  return {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    reasoningTokens: usage.outputTokenDetails.reasoningTokens ?? null,
  };
}
