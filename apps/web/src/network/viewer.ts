/** Who looks at this page. Asked once. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';

const ViewerDocument = graphql(`
  query Viewer {
    viewer {
      id
    }
  }
`);

/** `null` until it is known. */
export function useViewerId(): string | null {
  const { data } = useQuery(ViewerDocument);
  return data?.viewer.id ?? null;
}
