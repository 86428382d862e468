/** A question where it was asked. Those of earlier runs are read when they come into the conversation, once. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';
import { HookCard } from './hook-card.js';
import { useShownHooks } from './hooks-context.js';

const PastHookDocument = graphql(`
  query PastHook($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Hook {
        name
        title
        status
        schema
        payload
        expiresAt
        resolvedAt
        resolvedBy {
          id
          name
        }
      }
    }
  }
`);

export function PlacedHook({ hookId }: { hookId: string }) {
  const { hooks, onAnswered } = useShownHooks();
  const current = hooks.find((hook) => hook.id === hookId);
  const { data } = useQuery(PastHookDocument, { variables: { id: hookId }, skip: current !== undefined });
  const past = data?.node?.__typename === 'Hook' ? data.node : null;
  const hook =
    current ??
    (past && {
      ...past,
      expiresAt: past.expiresAt ?? null,
      resolvedAt: past.resolvedAt ?? null,
      resolvedBy: past.resolvedBy ?? null,
    });
  return hook ? <HookCard hook={hook} onAnswered={onAnswered} /> : null;
}
