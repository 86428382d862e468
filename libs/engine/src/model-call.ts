/**
 * One call of a model: one request to the provider, no retries of the SDK's own. Owns what counts as a whole answer;
 * never stores anything.
 */

import {
  type FinishReason,
  InvalidToolInputError,
  isStepCount,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  NoSuchToolError,
  type streamText as StreamText,
  type StreamTextTransform,
  streamText,
  tool,
  toUIMessageStream,
} from 'ai';
import type { JsonValue, UIMessageChunk, Usage } from '#libs/contracts';
import { errorOfFinishReason, toModelCallError } from './provider-errors.js';
import { timings } from './timings.js';
import type { ToolSet } from './tool.js';

/** Milliseconds. */
export interface ModelTimeouts {
  totalMs: number;
  /** From the request to the first content of the answer, whatever the connection does meanwhile. */
  firstChunkMs: number;
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
  /** The id to use for a call of a tool instead of the provider's; the same whenever it is asked for the same one. */
  toolCallId?(given: string): string;
  maxOutputTokens?: number;
  /** Asks for an answer of this form; whether it has it is for the caller to check. */
  output?: Parameters<typeof StreamText>[0]['output'];
  /** Absent when nobody watches. */
  onChunk?(chunk: UIMessageChunk): void;
}

/** A call of a tool that the model asked for and whose input fits its schema. */
export interface RequestedToolCall {
  toolCallId: string;
  toolName: string;
  input: JsonValue;
}

export interface ModelCallResult {
  text: string;
  finishReason: FinishReason;
  /** Valid calls only; what does not fit is answered inside `responseMessages` already. */
  toolCalls: RequestedToolCall[];
  responseMessages: ModelMessage[];
  usage: Usage;
}

/**
 * Streams one answer. Rejects with `RetryableError` or `FatalError` when the answer is not whole, and with the signal's
 * reason when it was aborted; the request to the provider is closed in every case.
 */
export async function callModel(request: ModelCallRequest): Promise<ModelCallResult> {
  const own = new AbortController();
  const signal = AbortSignal.any([request.signal, own.signal]);
  let failure: unknown;
  let used: Usage | null = null;
  const remember = (error: unknown) => {
    failure ??= error;
  };
  // The SDK's own limit begins with the answer's headers, which may never come.
  const firstChunkTimer = setTimeout(() => {
    remember(timeoutError('The model did not begin to answer in time.'));
    own.abort(failure);
  }, request.timeouts.firstChunkMs);
  try {
    const tools = toSdkTools(request.tools);
    const result = streamText({
      model: request.model,
      instructions: request.instructions,
      messages: request.messages,
      tools,
      stopWhen: isStepCount(1),
      maxRetries: 0,
      abortSignal: signal,
      timeout: { totalMs: request.timeouts.totalMs, chunkMs: request.timeouts.idleMs },
      ...(request.providerOptions && { providerOptions: request.providerOptions }),
      // Ahead of everything that the SDK makes of the answer, so that chunks, messages and calls agree.
      ...(request.toolCallId && { experimental_transform: renamingToolCalls(request.toolCallId) }),
      ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
      ...(request.output && { output: request.output }),
      onError: ({ error }) => remember(error),
      onStepEnd: ({ usage }) => {
        used = reportedUsage(usage);
      },
    });
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
      if (chunk.type !== 'start-step') clearTimeout(firstChunkTimer);
      if (chunk.type === 'abort' && !request.signal.aborted) remember(timeoutError(chunk.reason));
      if (chunk.type !== 'error' && chunk.type !== 'abort') request.onChunk?.(chunk);
    }
    request.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    const step = await result.finalStep;
    const unfinished = errorOfFinishReason(step.finishReason, used);
    if (unfinished) throw unfinished;
    return {
      text: step.text,
      finishReason: step.finishReason,
      toolCalls: step.toolCalls
        .filter((call) => !call.invalid)
        .map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input: input as JsonValue })),
      responseMessages: await result.responseMessages,
      usage: toUsage(step.usage),
    };
  } catch (error) {
    request.signal.throwIfAborted();
    throw toModelCallError(failure ?? error, used);
  } finally {
    clearTimeout(firstChunkTimer);
    // Leaving the iteration does not stop the request to the provider.
    own.abort();
  }
}

function renamingToolCalls(toolCallId: (given: string) => string): StreamTextTransform<ReturnType<typeof toSdkTools>> {
  return () =>
    new TransformStream({
      transform(part, controller) {
        switch (part.type) {
          case 'tool-input-start':
          case 'tool-input-delta':
          case 'tool-input-end':
            return controller.enqueue({ ...part, id: toolCallId(part.id) });
          case 'tool-call':
          case 'tool-error':
          case 'tool-result':
            return controller.enqueue({ ...part, toolCallId: toolCallId(part.toolCallId) });
          default:
            return controller.enqueue(part);
        }
      },
    });
}

function timeoutError(reason: unknown): Error {
  return new DOMException(String(reason ?? 'The model took too long.'), 'TimeoutError');
}

/** Tool input errors are data for the model and the reader; of everything else nothing is told. */
function describeToolInputError(error: unknown): string | null {
  const described = InvalidToolInputError.isInstance(error) || NoSuchToolError.isInstance(error);
  return described ? error.message : null;
}

/** Without `execute`: the SDK must not run tools, they are steps of their own. */
function toSdkTools(tools: ToolSet) {
  return Object.fromEntries(
    Object.entries(tools).map(([name, { description, inputSchema }]) => [name, tool({ description, inputSchema })]),
  );
}

/** `null` when the answer broke off before the provider said what it used. */
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
