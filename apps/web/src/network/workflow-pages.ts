/** The list of workflows as the cache holds it: references, newest first. Owns how pages and single workflows join it. */
import type { Reference } from '@apollo/client';

export interface WorkflowPage {
  nodes: readonly Reference[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/**
 * Joins pages that are newest first. A refreshed first page keeps the older pages behind it, unless so much is new that
 * rows would be missing in between; ids sort by creation, so what is newer than its last row and no longer in it was deleted.
 */
export function joinPages(
  existing: WorkflowPage | undefined,
  incoming: WorkflowPage,
  isFirstPage: boolean,
): WorkflowPage {
  if (!existing) return incoming;
  const fresh = new Set(incoming.nodes.map((node) => node.__ref));
  if (!isFirstPage) {
    return { ...incoming, nodes: [...existing.nodes.filter((node) => !fresh.has(node.__ref)), ...incoming.nodes] };
  }
  const last = incoming.nodes.at(-1)?.__ref;
  const overlaps = existing.nodes.some((node) => fresh.has(node.__ref));
  const older =
    overlaps && incoming.pageInfo.hasNextPage && last !== undefined
      ? existing.nodes.filter((node) => !fresh.has(node.__ref) && node.__ref < last)
      : [];
  return {
    ...incoming,
    nodes: [...incoming.nodes, ...older],
    pageInfo: older.length > 0 ? existing.pageInfo : incoming.pageInfo,
  };
}

/** The list with a workflow that was just heard of, in its place; unchanged when it belongs to a page not loaded yet. */
export function withWorkflow(list: WorkflowPage, workflow: Reference): WorkflowPage {
  if (list.nodes.some((node) => node.__ref === workflow.__ref)) return list;
  const place = list.nodes.findIndex((node) => node.__ref < workflow.__ref);
  if (place < 0 && list.pageInfo.hasNextPage) return list;
  const at = place < 0 ? list.nodes.length : place;
  return { ...list, nodes: [...list.nodes.slice(0, at), workflow, ...list.nodes.slice(at)] };
}
