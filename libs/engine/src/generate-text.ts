/**
 * A single answer of a model that nobody watches, such as a title. Owns its storing as one step.
 */
import type { LanguageModel } from 'ai';
import type { AttemptEnvironment } from './attempt-environment.js';
import { callModel, type ModelCallRequest } from './model-call.js';

export interface GenerateTextOptions {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  maxOutputTokens?: number;
  /** Milliseconds for the whole call. The limits on its first chunk and on silence are those of every call. */
  timeoutMs: number;
  /** How often the call is tried again; as often as every step when absent. 0 for what is not worth waiting for. */
  retries?: number;
  providerOptions?: ModelCallRequest['providerOptions'];
}

/** One request to the provider per try; tried again and failing as steps do. */
export function generateText(
  { steps, timeouts }: AttemptEnvironment,
  name: string,
  options: GenerateTextOptions,
): Promise<string> {
  const { timeoutMs, prompt, retries, ...call } = options;
  return steps.run<string>({
    name,
    kind: 'MODEL_CALL',
    input: { prompt },
    ...(retries !== undefined && { retries }),
    execute: async ({ signal }) => {
      const { text, usage } = await callModel({
        ...call,
        messages: [{ role: 'user', content: prompt }],
        tools: {},
        timeouts: { ...timeouts, totalMs: timeoutMs },
        signal,
      });
      return { output: text, chunks: [], usage, announce: [] };
    },
  });
}
