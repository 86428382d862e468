/**
 * Apollo's way to the server: the client. Owns the translation between the two; the stream of a workflow does not come
 * this way, sessions of the client follow it.
 */
import { ApolloLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import type { HoldfastClient } from '#libs/client';

/** Sends each operation once. Failures arrive as those of the client. */
export function clientLink(client: Pick<HoldfastClient, 'request'>): ApolloLink {
  return new ApolloLink(
    ({ query, variables }) =>
      new Observable((observer) => {
        const unwanted = new AbortController();
        client.request<ApolloLink.Result['data']>(print(query), variables, { signal: unwanted.signal }).then(
          (data) => {
            observer.next({ data });
            observer.complete();
          },
          (error: unknown) => {
            if (!unwanted.signal.aborted) observer.error(error);
          },
        );
        return () => unwanted.abort();
      }),
  );
}
