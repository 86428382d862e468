/** Reads tool outputs from a conversation. */
import type { ModelMessage } from 'ai';
import type { z } from 'zod';

/** The newest output of the tool that fits the schema, or `null`. Failed calls have no output. */
export function lastOutput<S extends z.ZodType>(
  messages: readonly ModelMessage[],
  toolName: string,
  schema: S,
): z.infer<S> | null {
  return outputsOf(messages, toolName, schema).at(-1) ?? null;
}

/** All outputs of the tool that fit the schema, oldest first. */
export function outputsOf<S extends z.ZodType>(
  messages: readonly ModelMessage[],
  toolName: string,
  schema: S,
): z.infer<S>[] {
  return messages.flatMap((message) => {
    if (message.role !== 'tool') return [];
    return message.content.flatMap((part) => {
      if (part.type !== 'tool-result' || part.toolName !== toolName || part.output.type !== 'json') return [];
      const parsed = schema.safeParse(part.output.value);
      return parsed.success ? [parsed.data] : [];
    });
  });
}
