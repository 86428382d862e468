/**
 * Keeps the list as it is on the server: what others start, rename, finish or delete shows at once. Owns what is
 * read again when something was heard.
 */
import { useSubscription } from '@apollo/client/react';
import { useMemo, useRef } from 'react';
import { graphql } from '../__generated__/gql.js';
import type { SubscriptionContext } from '../network/client-link.js';

const WorkflowsChangedDocument = graphql(`
  subscription WorkflowsChanged {
    workflowsChanged {
      id
      ...WorkflowListItem
    }
  }
`);

const WorkflowDeletedDocument = graphql(`
  subscription WorkflowDeleted {
    workflowDeleted
  }
`);

/** The list is read again for both. */
const onlyHeard: SubscriptionContext = { resumed: () => undefined };

/**
 * @param shown the list as it is
 * @param readAgain reads it anew, because something may have been missed or its order is not known
 */
export function useLiveWorkflows(shown: readonly { readonly id: string }[], readAgain: () => void): void {
  const context = useMemo<SubscriptionContext>(() => ({ resumed: readAgain }), [readAgain]);
  // What is not in the list even then belongs to a page that is not loaded yet.
  const lookedFor = useRef(new Set<string>());
  useSubscription(WorkflowsChangedDocument, {
    context,
    ignoreResults: true,
    // The cache has taken over the workflow itself by now. Where a new one stands in the list is the server's to say.
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
