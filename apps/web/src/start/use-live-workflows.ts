/**
 * Keeps the list as it is on the server: what others start, rename, finish or delete shows at once. Owns how what is heard
 * joins the cache.
 */
import type { ApolloCache } from '@apollo/client';
import { useSubscription } from '@apollo/client/react';
import { useMemo } from 'react';
import { graphql } from '../__generated__/gql.js';
import type { SubscriptionContext } from '../network/client-link.js';
import { type WorkflowPage, withWorkflow } from '../network/workflow-pages.js';

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

function insert(cache: ApolloCache, id: string): void {
  cache.modify<Record<string, WorkflowPage>>({
    fields: {
      workflows: (list, { toReference, isReference }) => {
        const workflow = toReference({ __typename: 'Workflow', id });
        return workflow && !isReference(list) ? withWorkflow(list, workflow) : list;
      },
    },
  });
}

/** @param readAgain reads the list anew, because something may have been missed */
export function useLiveWorkflows(readAgain: () => void): void {
  const context = useMemo<SubscriptionContext>(() => ({ resumed: readAgain }), [readAgain]);
  useSubscription(WorkflowsChangedDocument, {
    context,
    ignoreResults: true,
    // The cache has taken over the workflow itself by now.
    onData: ({ client, data }) => {
      if (data.data) insert(client.cache, data.data.workflowsChanged.id);
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
