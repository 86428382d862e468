/** The title that the agent gives a workflow when it is done. It does not travel in the stream, so it is asked for. */
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { isBusy } from '../design/status.js';

const WorkflowTitleDocument = graphql(`
  query WorkflowTitle($id: ID!) {
    workflow(id: $id) {
      id
      title
    }
  }
`);

export function useFinalTitle(workflow: WorkflowState, session: WorkflowSession): void {
  const client = useApolloClient();
  const busy = isBusy(workflow.status);
  const wasBusy = useRef(busy);
  useEffect(() => {
    const ended = wasBusy.current && !busy;
    wasBusy.current = busy;
    if (!ended) return;
    client.query({ query: WorkflowTitleDocument, variables: { id: workflow.id }, fetchPolicy: 'network-only' }).then(
      ({ data }) => {
        if (data?.workflow) session.showTitle(data.workflow.title);
      },
      // The old title stays; the next visit shows the new one.
      () => undefined,
    );
  }, [busy, client, session, workflow.id]);
}
