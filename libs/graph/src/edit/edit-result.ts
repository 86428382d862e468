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

/** The id in an entry of unknown shape, if it has one. */
export function claimedId(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('id' in entry)) return undefined;
  return typeof entry.id === 'string' ? entry.id.slice(0, 64) : undefined;
}
