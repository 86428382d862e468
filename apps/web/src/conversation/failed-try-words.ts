/** A failed try as a sentence. The error catalogue's advice to try again is left out, because the server retries by itself. */
import type { AttemptFailureState } from '#libs/client';

export function failedTryWords({ message, willRetry }: Pick<AttemptFailureState, 'message' | 'willRetry'>): string {
  return willRetry
    ? message.replace(/(?: Try again[^.]{0,80}|, then try again)\.$/, '').replace(/[^.]$/, '$&.')
    : message;
}
