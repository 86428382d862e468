/**
 * The title of a workflow, which its stream does not carry. A rename arrives as a notification; after an agent may have
 * changed the title, it is queried.
 */
import { useApolloClient, useSubscription } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { TitlesChangedDocument, WorkflowTitleDocument } from '../__generated__/graphql.js';
import { isBusy } from '../design/status.js';
import type { SubscriptionContext } from '../network/client-link.js';

export function useLiveTitle({ id, status }: Pick<WorkflowState, 'id' | 'status'>, session: WorkflowSession): void {
  const client = useApolloClient();
  const ask = useCallback(() => {
    client.query({ query: WorkflowTitleDocument, variables: { id }, fetchPolicy: 'network-only' }).then(
      ({ data }) => {
        if (data?.workflow) session.showTitle(data.workflow.title);
      },
      // The old title stays; the next visit shows the new one.
      () => undefined,
    );
  }, [client, session, id]);

  const context = useMemo<SubscriptionContext>(() => ({ resumed: ask }), [ask]);
  useSubscription(TitlesChangedDocument, {
    context,
    ignoreResults: true,
    onData: ({ data }) => {
      const changed = data.data?.workflowsChanged;
      if (changed?.id === id) session.showTitle(changed.title);
    },
  });

  const busy = isBusy(status);
  const wasBusy = useRef(busy);
  useEffect(() => {
    const ended = wasBusy.current && !busy;
    wasBusy.current = busy;
    if (ended) ask();
  }, [busy, ask]);
}
