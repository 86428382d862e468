/** What is wrong with a prompt, before anybody is asked. */
import { limits } from '#libs/contracts';

/** Why this text cannot be submitted, as a sentence; `null` when it can. */
export function promptProblem(text: string): string | null {
  const length = text.trim().length;
  if (length === 0) return 'Write what you want first.';
  if (length > limits.promptChars) {
    const over = (length - limits.promptChars).toLocaleString('en');
    const limit = limits.promptChars.toLocaleString('en');
    return `This is ${over} characters too long. A prompt may have ${limit}.`;
  }
  return null;
}
