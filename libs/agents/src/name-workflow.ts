/**
 * The title of a workflow, out of the first prompt that succeeds. Owns how it is asked for and cleaned; a title is worth
 * neither failing nor waiting for: without one, the workflow keeps the first line of its first prompt.
 */
import { isBlank, limits, titleText } from '#libs/contracts';
import { type AgentContext, FatalError, RetryableError, timings } from '#libs/engine';
import type { ModelProvider } from './model-provider.js';

const instructions =
  'Write a title for the workflow that the user describes: at most 8 words, in the language of the request, no quotation marks, no full stop. Answer with the title only.';

/** Asks once for a title while the workflow has none of its own; `null` keeps the one that is there. */
export async function nameWorkflow(context: AgentContext, model: ModelProvider): Promise<string | null> {
  // A step of its own: a person may rename the workflow between two attempts, and a replay must take the same path.
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

/** As a person's title is cleaned, and without what models put around one. */
export function toTitle(text: string): string | null {
  const title = titleText(text).replace(/^["'«“]+|(?<!["'».”])["'».”]+$/g, '');
  return isBlank(title) ? null : Array.from(title).slice(0, limits.titleChars).join('').trim();
}
