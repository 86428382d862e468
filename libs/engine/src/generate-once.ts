/** Single model answers that are not streamed to viewers, such as a title or a decision: each is one step. */
import { type LanguageModel, Output } from 'ai';
import type { z } from 'zod';
import type { JsonValue, Usage } from '#libs/contracts';
import { callModel, type ModelCallRequest } from './model-call.js';
import { modelFailure } from './provider-errors.js';
import type { AttemptEnvironment } from './step-runner.js';

export interface GenerateTextOptions {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  maxOutputTokens?: number;
  /** Time limit of the whole call, in milliseconds. The limits on the first chunk and on silence are those of every call. */
  timeoutMs: number;
  /** Number of retries; the default for steps when absent. 0 if the answer is not worth waiting for. */
  retries?: number;
  providerOptions?: ModelCallRequest['providerOptions'];
}

/** One request to the provider per try; retried and failing as steps do. */
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
      return { output: text, usage, announce: [] };
    },
  });
}

export interface GenerateObjectOptions<T extends JsonValue> {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  /** Schema of the answer; must be an object. */
  schema: z.ZodType<T>;
  maxOutputTokens?: number;
  /** Time limit of the whole call, in milliseconds; extended to the limit for the first chunk if that is longer. */
  timeoutMs: number;
  providerOptions?: ModelCallRequest['providerOptions'];
}

/** One request to the provider per try. An answer that does not fit the schema is a failed try. */
export function generateObject<T extends JsonValue>(
  { steps, timeouts }: AttemptEnvironment,
  name: string,
  options: GenerateObjectOptions<T>,
): Promise<T> {
  const { timeoutMs, schema, prompt, ...call } = options;
  return steps.run<T>({
    name,
    kind: 'MODEL_CALL',
    input: { prompt },
    execute: async ({ signal }) => {
      const { text, usage } = await callModel({
        ...call,
        messages: [{ role: 'user', content: prompt }],
        tools: {},
        output: Output.object({ schema }),
        timeouts: { ...timeouts, totalMs: Math.max(timeoutMs, timeouts.firstChunkMs) },
        signal,
      });
      return { output: fitting(text, schema, usage), usage, announce: [] };
    },
  });
}

function fitting<T>(text: string, schema: z.ZodType<T>, usage: Usage): T {
  try {
    return schema.parse(JSON.parse(withoutFence(text)));
  } catch (cause) {
    throw modelFailure('unusableObject', { cause, usage });
  }
}

/** Models that get the schema as a text instruction tend to wrap their JSON in a code block. */
function withoutFence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```')) return trimmed;
  return trimmed.slice(trimmed.indexOf('\n') + 1, -'```'.length);
}
