/** The result of an edit: the new graph, its patch, and the entries that could not be applied. */
import type { z } from 'zod';
import type { WorkflowGraph } from '../graph-schema.js';
import type { GraphPatch } from './graph-patch.js';

export const EDIT_PROBLEM_CODES = [
  'INVALID_SHAPE',
  'DUPLICATE_ID',
  'UNKNOWN_ID',
  'UNKNOWN_TYPE',
  'UNKNOWN_BRANCH',
  'SELF_EDGE',
  'LIMIT_REACHED',
] as const;
export type EditProblemCode = (typeof EDIT_PROBLEM_CODES)[number];

/** Why one entry of an edit was not applied; written for models and people. */
export interface EditProblem {
  code: EditProblemCode;
  /** Index of the entry in the given list. */
  index: number;
  message: string;
  /** The id concerned, if there is one. */
  id?: string;
}

export interface EditResult {
  graph: WorkflowGraph;
  patch: GraphPatch;
  /** Empty when everything was applied. Entries not listed here were applied. */
  problems: EditProblem[];
}

/** "nodes[2].parameters: must be …" in one line; never includes the value. */
export function shapeMessage(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}

/** The entries that fit the schema, with their places in the list. Each of the others is a problem, as `message` words it. */
export function* fittingEntries<S extends z.ZodType>(
  entries: readonly unknown[],
  schema: S,
  problems: EditProblem[],
  message: (why: string, number: number) => string,
): Generator<[index: number, entry: z.infer<S>]> {
  for (const [index, entry] of entries.entries()) {
    const parsed = schema.safeParse(entry);
    if (parsed.success) yield [index, parsed.data];
    else {
      const words = message(shapeMessage(parsed.error), index + 1);
      problems.push({ code: 'INVALID_SHAPE', index, id: claimedId(entry), message: words });
    }
  }
}

/** The id in an entry of unknown shape, if it has one. */
export function claimedId(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('id' in entry)) return undefined;
  return typeof entry.id === 'string' ? entry.id.slice(0, 64) : undefined;
}
