/**
 * Subscriptions that end before they begin. The protocol library sends a result as `next`, also one that holds nothing but
 * errors, and only what an iterator throws as `error`, which clients take for what it is: an end that nothing follows.
 */
import type { GraphQLError } from 'graphql';

class SubscriptionRefused extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('The subscription is refused.');
  }
}

const refusedSubscriptions = new WeakSet<object>();

/** A subscription that throws these errors instead of a first result. */
export function refusedSubscription(errors: readonly GraphQLError[]): AsyncIterableIterator<never> {
  const refused: AsyncIterableIterator<never> = {
    [Symbol.asyncIterator]: () => refused,
    next: () => Promise.reject(new SubscriptionRefused(errors)),
  };
  refusedSubscriptions.add(refused);
  return refused;
}

export function isRefused(subscription: unknown): boolean {
  return typeof subscription === 'object' && subscription !== null && refusedSubscriptions.has(subscription);
}

/** The errors that it was refused with; any other error is itself. */
export function refusalsOf(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof SubscriptionRefused ? error.originalError.errors : [error];
}
