/** Failures as sentences that a person can act on. */
import { CombinedGraphQLErrors } from '@apollo/client';

/** The sentence for a request that got no answer or an error instead of one. */
export function problemSentence(error: unknown): string {
  if (CombinedGraphQLErrors.is(error)) return error.errors[0]?.message ?? 'The server could not answer. Try again.';
  return 'The server could not be reached. Check that it is running, then try again.';
}
