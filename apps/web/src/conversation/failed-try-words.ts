/** A failed try in a sentence. The catalogue's advice to try again is for people, and nobody has to while the server does. */
import type { AttemptFailureState } from '#libs/client';

export function failedTryWords({ message, willRetry }: Pick<AttemptFailureState, 'message' | 'willRetry'>): string {
  return willRetry
    ? message.replace(/(?: Try again[^.]{0,80}|, then try again)\.$/, '').replace(/[^.]$/, '$&.')
    : message;
}
