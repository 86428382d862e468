/** Merges pages of workflows in the cache: references in the server's order, newest first. */
import type { Reference } from '@apollo/client';

export interface WorkflowPage {
  nodes: readonly Reference[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/**
 * Merges pages that are newest first. A refreshed first page replaces everything down to its last row and keeps the rows
 * after that. If its last row was not in the list, the page either covers the whole list or so many workflows are new that
 * rows would be missing in between; then it replaces the list.
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
