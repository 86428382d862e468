/**
 * Subscriptions that are refused before they begin. The protocol library sends every result as `next`, even one with
 * nothing but errors. Only an error thrown by the iterator is sent as `error`, which tells clients that the subscription is
 * over.
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

/** The errors of a refusal; any other error is returned alone. */
export function refusalsOf(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof SubscriptionRefused ? error.originalError.errors : [error];
}
