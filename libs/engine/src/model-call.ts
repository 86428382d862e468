/** One model call: one request to the provider, without the SDK's retries, and with checks that the answer is complete. */

import {
  asSchema,
  type FinishReason,
  gateway,
  InvalidToolInputError,
  isStepCount,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  NoSuchToolError,
  type Schema,
  type streamText as StreamText,
  streamText,
  type TextStreamPart,
  tool,
  toUIMessageChunk,
} from 'ai';
import { type JsonValue, type UIMessageChunk, type Usage, wellFormed } from '#libs/contracts';
import { type AnswerListener, listeningToAnswer } from './answer-listener.js';
import { AnswerPieces } from './answer-pieces.js';
import { errorOfFinishReason, modelFailure, toModelCallError } from './provider-errors.js';
import { SilenceLimit } from './silence-limit.js';
import { timings } from './timings.js';
import type { AgentTool, ToolSet } from './tool.js';

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
    const show = (chunk: UIMessageChunk) => {
      if (chunk.type !== 'start-step') {
        clearTimeout(firstChunkTimer);
        silence.start();
        silence.heard();
      }
      try {
        request.onChunk?.(ofProvider(chunk));
      } catch (error) {
        remember(error);
        own.abort(failure);
        throw error;
      }
    };
    const pieces = new AnswerPieces({
      tools,
      toolCallId,
      knownToolCallId: request.knownToolCallId ?? toolCallId,
      onChunk: show,
    });
    const { model } = request;
    const ask = () =>
      streamText({
        model: pieces.through(typeof model === 'string' ? gateway(model) : model),
        instructions: wellFormed(request.instructions),
        // Texts of earlier answers and of tools may have been stored before texts were made well-formed.
        messages: wellFormed(request.messages),
        tools,
        stopWhen: isStepCount(1),
        maxRetries: 0,
        abortSignal: signal,
        timeout: { totalMs: request.timeouts.totalMs },
        include: { rawChunks: true },
        ...(request.providerOptions && { providerOptions: request.providerOptions }),
        ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
        ...(request.output && { output: request.output }),
        onError: ({ error }) => remember(error),
        repairToolCall: async ({ toolCall }) => ofUnknownTool(toolCall),
        onStepEnd: ({ usage }) => {
          used = reportedUsage(usage);
        },
      });
    const listener: AnswerListener = {
      heard: () => silence.heard(),
      early: (piece, passedOn) => {
        try {
          return pieces.early(piece, passedOn);
        } catch {
          // The failure is remembered, and the request is being closed.
          return false;
        }
      },
    };
    const result = listeningToAnswer(listener, ask);
    const onError = (error: unknown) => {
      const description = describeToolInputError(error);
      if (description === null) remember(error);
      return description ?? 'The model call failed.';
    };
    for await (const part of result.stream) {
      if (part.type === 'raw') pieces.passed();
      else if (part.type === 'error') remember(part.error);
      else if (part.type === 'abort' && !request.signal.aborted) remember(timeoutError(part.reason));
      else if (isShownHere(part)) {
        const chunk = toUIMessageChunk(part, { tools, onError });
        if (chunk) show(chunk);
      }
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

/** A call of one of the provider's own tools, which are not in our tool set. `null` leaves a call as it is. */
function ofUnknownTool(call: GivenCall): GivenCall | null {
  return call.providerExecuted && !call.dynamic ? { ...call, dynamic: true } : null;
}

/** Readers do not know the provider's own tools, so every chunk of such a call must be marked as dynamic. */
function ofProvider(chunk: UIMessageChunk): UIMessageChunk {
  const isCall = chunk.type === 'tool-input-start' || chunk.type === 'tool-input-available';
  return isCall && chunk.providerExecuted ? { ...chunk, dynamic: true } : chunk;
}

/** Parts whose pieces `AnswerPieces` has not shown, and that concern viewers: approvals of providers cannot be given. */
function isShownHere(part: TextStreamPart<Tools>): boolean {
  switch (part.type) {
    case 'file':
    case 'reasoning-file':
    case 'custom':
    case 'tool-call':
    case 'tool-result':
    case 'finish-step':
      return true;
    case 'tool-error':
      // The error of an invalid call is shown with the call.
      return part.providerExecuted === true;
    default:
      return false;
  }
}

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
type Tools = ReturnType<typeof toSdkTools>;

function toSdkTools(tools: ToolSet) {
  return Object.fromEntries(
    Object.entries(tools).map(([name, { description, inputSchema }]) => [
      name,
      tool({ description, inputSchema: sdkSchema(inputSchema) }),
    ]),
  );
}

/** By the tool's own schema. Converting it takes a millisecond, which each call would spend before it asks the model. */
const sdkSchemas = new WeakMap<object, Schema>();

function sdkSchema(own: AgentTool['inputSchema']): Schema {
  const schema = sdkSchemas.get(own) ?? asSchema(own);
  sdkSchemas.set(own, schema);
  return schema;
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
