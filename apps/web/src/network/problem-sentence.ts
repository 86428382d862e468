/** Failures as sentences that a person can act on. */
import { isHoldfastFailure } from '#libs/client';

/** The sentence for a request that got no answer or an error instead of one. */
export function problemSentence(error: unknown): string {
  return isHoldfastFailure(error) ? error.message : 'Something went wrong on this page. Reload it and try again.';
}
