/** The list of workflows as the cache holds it: references in the server's order, newest first. Owns how pages join it. */
import type { Reference } from '@apollo/client';

export interface WorkflowPage {
  nodes: readonly Reference[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/**
 * Joins pages that are newest first. A refreshed first page takes the place of everything down to its last row, and keeps
 * what stands behind that one. When that row was not there, the page reaches further than all that was there, or so much is
 * new that rows would be missing in between.
 */
export function joinPages(
  existing: WorkflowPage | undefined,
  incoming: WorkflowPage,
  isFirstPage: boolean,
): WorkflowPage {
  if (!existing) return incoming;
  if (!isFirstPage) {
    const fresh = new Set(incoming.nodes.map((node) => node.__ref));
    return { ...incoming, nodes: [...existing.nodes.filter((node) => !fresh.has(node.__ref)), ...incoming.nodes] };
  }
  const last = incoming.nodes.at(-1)?.__ref;
  const at = existing.nodes.findIndex((node) => node.__ref === last);
  const older = at >= 0 && incoming.pageInfo.hasNextPage ? existing.nodes.slice(at + 1) : [];
  return {
    ...incoming,
    nodes: [...incoming.nodes, ...older],
    pageInfo: older.length > 0 ? existing.pageInfo : incoming.pageInfo,
  };
}
