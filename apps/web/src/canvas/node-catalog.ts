/** The catalogue of node types, loaded once. An unknown type is shown under its own name. */
import { useQuery } from '@apollo/client/react';
import type { NodeCatalogQuery } from '../__generated__/graphql.js';
import { NodeCatalogDocument } from '../__generated__/graphql.js';

export type NodeTypeInfo = NodeCatalogQuery['nodeCatalog'][number];

const none: readonly NodeTypeInfo[] = [];

export function useNodeCatalog(): readonly NodeTypeInfo[] {
  const { data } = useQuery(NodeCatalogDocument, { fetchPolicy: 'cache-first' });
  return data?.nodeCatalog ?? none;
}
