/**
 * The shape and limits of a workflow graph: nodes, edges, ids, sizes. Whether a graph makes sense (types, references,
 * reachability) is checked by the linter.
 */
import { z } from 'zod';
import { type JsonValue, jsonBytes } from '#libs/contracts';
import { jsonProblem } from './json.js';

export const MAX_NODES = 200;
export const MAX_EDGES = 400;
export const MAX_LABEL_LENGTH = 120;
export const MAX_BRANCH_LENGTH = 60;
export const MAX_PARAMETERS_BYTES = 32 * 1024;
export const MAX_COORDINATE = 1_000_000;

/** Ids of nodes and edges: a letter first, then letters, digits, `_` or `-`; 64 characters at most. */
export const GRAPH_ID_PATTERN = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

export const graphIdSchema = z
  .string()
  .regex(
    GRAPH_ID_PATTERN,
    'must start with a letter and hold only letters, digits, "_" and "-", 64 characters at most',
  );

export const nodeLabelSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_LABEL_LENGTH, `must be at most ${MAX_LABEL_LENGTH} characters`)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters or line breaks');

export const branchNameSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_BRANCH_LENGTH, `must be at most ${MAX_BRANCH_LENGTH} characters`)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters or line breaks');

export const positionSchema = z.object({
  x: z.number().min(-MAX_COORDINATE).max(MAX_COORDINATE),
  y: z.number().min(-MAX_COORDINATE).max(MAX_COORDINATE),
});

const boundedJsonRecord = z.record(z.string().max(64), z.unknown()).superRefine((value, context) => {
  const problem = jsonProblem(value);
  if (problem) {
    context.addIssue({ code: 'custom', message: problem });
  } else if (jsonBytes(value) > MAX_PARAMETERS_BYTES) {
    context.addIssue({ code: 'custom', message: `must be at most ${MAX_PARAMETERS_BYTES / 1024} KiB of JSON` });
  }
});

// `unknown` rather than a recursive schema: it renders as plain `{"type":"object"}` in a model's tool description, and the
// refinement above has verified that every value is JSON.
export const parametersSchema = boundedJsonRecord as unknown as z.ZodType<
  Record<string, JsonValue>,
  Record<string, JsonValue>
>;

export const graphNodeSchema = z.object({
  id: graphIdSchema,
  /** A type in the catalogue, such as `action.slack`. */
  type: z.string().min(1).max(64),
  label: nodeLabelSchema,
  parameters: parametersSchema,
  position: positionSchema,
});

export const graphEdgeSchema = z.object({
  id: graphIdSchema,
  source: graphIdSchema,
  target: graphIdSchema,
  /** The named output of the source where this edge starts; absent or `null` for the single unnamed output. */
  branch: branchNameSchema.nullable().optional(),
});

/** A graph within its limits. Ids may still repeat and edges may still dangle; the linter reports those. */
export const workflowGraphSchema = z.object({
  nodes: z.array(graphNodeSchema).max(MAX_NODES),
  edges: z.array(graphEdgeSchema).max(MAX_EDGES),
});

/** The top left corner of a node, in canvas pixels. */
export type Position = z.infer<typeof positionSchema>;
export type GraphNode = z.infer<typeof graphNodeSchema>;
export type GraphEdge = z.infer<typeof graphEdgeSchema>;
export type WorkflowGraph = z.infer<typeof workflowGraphSchema>;

/** A title and a graph: the input of an export and the result of an import. */
export interface PortableWorkflow {
  readonly title: string;
  readonly graph: WorkflowGraph;
}

/** A new empty graph; the caller may modify it. */
export function emptyGraph(): WorkflowGraph {
  return { nodes: [], edges: [] };
}
