/**
 * Generates the title of a workflow from the first prompt that succeeds. A title is never worth a failure or a wait:
 * without one, the workflow keeps the first line of its first prompt.
 */
import { isBlank, limits, titleText } from '#libs/contracts';
import { type AgentContext, FatalError, RetryableError, timings } from '#libs/engine';
import type { ModelProvider } from './model-provider.js';

const instructions =
  'Write a title for the workflow that the user describes: at most 8 words, in the language of the request, no quotation marks, no full stop. Answer with the title only.';

/** Asks once for a title while the workflow has no title of its own; `null` keeps the current one. */
export async function nameWorkflow(context: AgentContext, model: ModelProvider): Promise<string | null> {
  // A separate step: a person may rename the workflow between two attempts, and a replay must take the same path.
  const isNamed = await context.step('find-title', () => context.title !== null);
  if (isNamed) return null;
  try {
    const text = await context.generateText('name-workflow', {
      ...model,
      instructions,
      prompt: context.prompt,
      timeoutMs: timings.titleTotalMs,
      retries: 0,
    });
    return toTitle(text);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof FatalError || error instanceof RetryableError) return null;
    throw error;
  }
}

/** Cleaned like a title from a person, and without the decoration that models add. */
export function toTitle(text: string): string | null {
  const title = titleText(text).replace(/^["'«“]+|(?<!["'».”])["'».”]+$/g, '');
  return isBlank(title) ? null : Array.from(title).slice(0, limits.titleChars).join('').trim();
}
