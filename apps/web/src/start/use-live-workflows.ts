/** Keeps the list of workflows current: what others start, rename, finish or delete appears at once. */
import { useSubscription } from '@apollo/client/react';
import { useMemo, useRef } from 'react';
import { WorkflowDeletedDocument, WorkflowsChangedDocument } from '../__generated__/graphql.js';
import type { SubscriptionContext } from '../network/client-link.js';

/** `resumed` of the first subscription reloads the list for both. */
const onlyHeard: SubscriptionContext = { resumed: () => undefined };

/**
 * @param shown the list as displayed
 * @param readAgain reloads it, because something may have been missed or its order is unknown
 */
export function useLiveWorkflows(shown: readonly { readonly id: string }[], readAgain: () => void): void {
  const context = useMemo<SubscriptionContext>(() => ({ resumed: readAgain }), [readAgain]);
  // A workflow that is missing even after a reload belongs to a page that is not loaded yet.
  const lookedFor = useRef(new Set<string>());
  useSubscription(WorkflowsChangedDocument, {
    context,
    ignoreResults: true,
    // The cache has already updated the workflow itself. Only the server knows where a new one belongs in the list.
    onData: ({ data }) => {
      const id = data.data?.workflowsChanged.id;
      if (!id || lookedFor.current.has(id) || shown.some((workflow) => workflow.id === id)) return;
      lookedFor.current.add(id);
      readAgain();
    },
  });
  useSubscription(WorkflowDeletedDocument, {
    context: onlyHeard,
    ignoreResults: true,
    onData: ({ client: { cache }, data }) => {
      if (data.data) cache.evict({ id: cache.identify({ __typename: 'Workflow', id: data.data.workflowDeleted }) });
    },
  });
}
