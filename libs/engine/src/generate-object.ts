/**
 * A single structured answer of a model that nobody watches, such as a decision. Owns its storing as one step and what
 * an answer means that does not fit its schema.
 */
import { type LanguageModel, Output } from 'ai';
import type { z } from 'zod';
import type { JsonValue, Usage } from '#libs/contracts';
import type { AttemptEnvironment } from './attempt-environment.js';
import { callModel, type ModelCallRequest } from './model-call.js';
import { modelFailure } from './provider-errors.js';

export interface GenerateObjectOptions<T extends JsonValue> {
  model: LanguageModel;
  instructions: string;
  prompt: string;
  /** What the answer must look like; an object at its top. */
  schema: z.ZodType<T>;
  maxOutputTokens?: number;
  /** Milliseconds for the whole call, or as long as a first chunk may take when that is longer. */
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
      return { output: fitting(text, schema, usage), chunks: [], usage, announce: [] };
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

/** Models that were asked for JSON in words like to put it into a block of code. */
function withoutFence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```')) return trimmed;
  return trimmed.slice(trimmed.indexOf('\n') + 1, -'```'.length);
}
