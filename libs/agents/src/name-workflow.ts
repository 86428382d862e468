/**
 * The title of a workflow, out of its first prompt. Owns how it is asked for and cleaned; a title is never worth failing
 * for: without one, the workflow keeps the first line of its prompt.
 */
import { limits } from '#libs/contracts';
import { type AgentContext, FatalError, RetryableError, timings } from '#libs/engine';
import type { ModelProvider } from './model-provider.js';

const instructions =
  'Write a title for the workflow that the user describes: at most 8 words, in the language of the request, no quotation marks, no full stop. Answer with the title only.';

/** Asks for a title when the prompt is the first of its workflow; `null` keeps the one that is there. */
export async function nameWorkflow(context: AgentContext, model: ModelProvider): Promise<string | null> {
  // Decided by the conversation, which no rename changes: a replay must take the same path.
  if (context.conversation.length > 0) return null;
  try {
    const text = await context.generateText('name-workflow', {
      ...model,
      instructions,
      prompt: context.prompt,
      timeoutMs: timings.titleTotalMs,
    });
    return oneLine(text);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof FatalError || error instanceof RetryableError) return null;
    throw error;
  }
}

function oneLine(text: string): string | null {
  const line = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["'«“]+|["'».”]+$/g, '');
  return line === '' ? null : Array.from(line).slice(0, limits.titleChars).join('');
}
