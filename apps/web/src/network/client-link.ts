/**
 * Apollo's link to the server, through the client. The stream of a workflow does not use it; sessions of the client follow
 * that.
 */
import { ApolloLink, Observable } from '@apollo/client';
import { OperationTypeNode, print } from 'graphql';
import type { HoldfastClient } from '#libs/client';

/** What a subscription may pass as its `context`. */
export interface SubscriptionContext {
  /**
   * Called after each reconnect, and periodically where no WebSocket can be opened: read what may have changed meanwhile.
   * Without it, the subscription then occupies one of the browser's six connections.
   */
  resumed?: () => void;
}

/** Sends queries and mutations once; subscriptions reconnect until they are refused. Failures are those of the client. */
export function clientLink(client: Pick<HoldfastClient, 'request' | 'watch'>): ApolloLink {
  return new ApolloLink((operation) => {
    const { variables, operationType } = operation;
    const query = print(operation.query);
    return new Observable((observer) => {
      if (operationType === OperationTypeNode.SUBSCRIPTION) {
        const { resumed } = operation.getContext() as SubscriptionContext;
        return client.watch<ApolloLink.Result['data']>(query, variables, {
          next: (data) => observer.next({ data }),
          ...(resumed && { resumed }),
          refused: (message) => observer.error(new Error(message)),
        });
      }
      const unwanted = new AbortController();
      client.request<ApolloLink.Result['data']>(query, variables, { signal: unwanted.signal }).then(
        (data) => {
          observer.next({ data });
          observer.complete();
        },
        (error: unknown) => {
          if (!unwanted.signal.aborted) observer.error(error);
        },
      );
      return () => unwanted.abort();
    });
  });
}
