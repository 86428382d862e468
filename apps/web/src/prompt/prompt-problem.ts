/** Checks a prompt before it is sent. */
import { limits } from '#libs/contracts';

/** Why this text cannot be submitted, as a sentence; `null` when it can. */
export function promptProblem(text: string): string | null {
  const length = text.trim().length;
  if (length === 0) return 'Describe what you want first.';
  if (length > limits.promptChars) {
    const over = (length - limits.promptChars).toLocaleString('en');
    const limit = limits.promptChars.toLocaleString('en');
    return `${over} ${length - limits.promptChars === 1 ? 'character' : 'characters'} over the ${limit} limit.`;
  }
  return null;
}
