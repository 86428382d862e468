/** Owns what an edit answers: the new graph, its patch, and what could not be done. Never decides either. */
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

/** Why one entry of an edit was not applied; written for a model as much as for a person. */
export interface EditProblem {
  code: EditProblemCode;
  /** Place of the entry in the list that was given. */
  index: number;
  message: string;
  /** The id that the problem is about, where there is one. */
  id?: string;
}

export interface EditResult {
  graph: WorkflowGraph;
  patch: GraphPatch;
  /** Empty when everything was applied. What is not named here was applied. */
  problems: EditProblem[];
}

/** "nodes[2].parameters: must be …" in one line; never repeats the value. */
export function shapeMessage(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}

/** The id that an entry of unknown shape claims to have. */
export function claimedId(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('id' in entry)) return undefined;
  return typeof entry.id === 'string' ? entry.id.slice(0, 64) : undefined;
}
