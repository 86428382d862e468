/**
 * A single structured answer of a model that nobody watches, such as a decision. Owns its storing as one step and what
 * an answer means that does not fit its schema.
 */
import { type LanguageModel, NoObjectGeneratedError, Output, generateText as requestText } from 'ai';
import type { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { abortable } from './abortable.js';
import type { AttemptEnvironment } from './attempt-environment.js';
import { type ModelCallRequest, toUsage } from './model-call.js';
import { errorOfFinishReason, modelFailure, toModelCallError } from './provider-errors.js';

export interface GenerateObjectOptions<T extends JsonValue> {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  /** What the answer must look like; an object at its top. */
  schema: z.ZodType<T>;
  maxOutputTokens?: number;
  /** Milliseconds for the whole call. */
  timeoutMs: number;
  providerOptions?: ModelCallRequest['providerOptions'];
}

/** One request to the provider per try. An answer that does not fit the schema is a failed try. */
export function generateObject<T extends JsonValue>(
  { steps }: AttemptEnvironment,
  name: string,
  options: GenerateObjectOptions<T>,
): Promise<T> {
  const { timeoutMs, schema, ...call } = options;
  return steps.run<T>({
    name,
    kind: 'MODEL_CALL',
    input: { prompt: options.prompt },
    execute: async ({ signal }) => {
      const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const request = { ...call, output: Output.object({ schema }), maxRetries: 0, abortSignal: either };
        const answer = await abortable(requestText(request), either);
        const unfinished = errorOfFinishReason(answer.finishReason);
        if (unfinished) throw unfinished;
        const output = schema.parse(answer.output);
        return { output, chunks: [], usage: toUsage(answer.finalStep.usage), announce: [] };
      } catch (error) {
        signal.throwIfAborted();
        throw either.aborted ? toModelCallError(either.reason) : toObjectError(error);
      }
    },
  });
}

function toObjectError(error: unknown): Error {
  if (!NoObjectGeneratedError.isInstance(error)) return toModelCallError(error);
  const unfinished = errorOfFinishReason(error.finishReason);
  return unfinished ?? modelFailure('unusableObject', { cause: error });
}
