/**
 * Counts a model's tool calls that failed wholly or partly: arguments that do not parse, unknown tools, edits with
 * problems. The model was told of each at the time.
 */
import type { ModelMessage } from 'ai';
import { z } from 'zod';

const withProblems = z.looseObject({ problems: z.array(z.unknown()).min(1) });

export interface CallCount {
  all: number;
  unusable: number;
}

export function countCalls(messages: readonly ModelMessage[]): CallCount {
  const results = messages.flatMap((message) =>
    message.role === 'tool' ? message.content.filter((part) => part.type === 'tool-result') : [],
  );
  const unusable = results.filter(({ output }) =>
    output.type === 'json' ? withProblems.safeParse(output.value).success : output.type.startsWith('error'),
  );
  return { all: results.length, unusable: unusable.length };
}
