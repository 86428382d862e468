/**
 * A single answer of a model that nobody watches, such as a title. Owns its storing as one step.
 */
import { type LanguageModel, generateText as requestText } from 'ai';
import { abortable } from './abortable.js';
import type { AttemptEnvironment } from './attempt-environment.js';
import { type ModelCallRequest, toUsage } from './model-call.js';
import { errorOfFinishReason, toModelCallError } from './provider-errors.js';

export interface GenerateTextOptions {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  maxOutputTokens?: number;
  /** Milliseconds for the whole call. */
  timeoutMs: number;
  providerOptions?: ModelCallRequest['providerOptions'];
}

/** One request to the provider per try; tried again and failing as steps do. */
export function generateText(
  { steps }: AttemptEnvironment,
  name: string,
  options: GenerateTextOptions,
): Promise<string> {
  const { timeoutMs, ...call } = options;
  return steps.run<string>({
    name,
    kind: 'MODEL_CALL',
    input: { prompt: options.prompt },
    execute: async ({ signal }) => {
      const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const answer = await abortable(requestText({ ...call, maxRetries: 0, abortSignal: either }), either);
        const unfinished = errorOfFinishReason(answer.finishReason);
        if (unfinished) throw unfinished;
        return { output: answer.text, chunks: [], usage: toUsage(answer.finalStep.usage), announce: [] };
      } catch (error) {
        signal.throwIfAborted();
        throw toModelCallError(either.aborted ? either.reason : error);
      }
    },
  });
}
