/**
 * The project's own format: the complete workflow, in an envelope with a version. `docs/formats/workflow-file.schema.json`
 * is its published JSON Schema, generated from the schema below.
 */
import { z } from 'zod';
import { limits } from '#libs/contracts';
import { graphEdgeSchema, graphNodeSchema, MAX_EDGES, MAX_NODES, type PortableWorkflow } from '../graph-schema.js';

export const WORKFLOW_FILE_FORMAT = 'holdfast.workflow';
export const WORKFLOW_FILE_VERSION = 1;

const MAX_INDENTED_CHARS = 256 * 1024;

/** Strict on every level: a field unknown to this version would otherwise be lost silently. */
export const workflowFileSchema = z.strictObject({
  format: z.literal(WORKFLOW_FILE_FORMAT),
  version: z.literal(WORKFLOW_FILE_VERSION),
  title: z.string().max(limits.titleChars),
  graph: z.strictObject({
    nodes: z
      .array(graphNodeSchema.extend({ position: graphNodeSchema.shape.position.strict() }).strict())
      .max(MAX_NODES),
    edges: z.array(graphEdgeSchema.strict()).max(MAX_EDGES),
  }),
});

/** The published JSON Schema of the file. */
export function workflowFileJsonSchema(): object {
  return { title: 'Holdfast workflow file', ...z.toJSONSchema(workflowFileSchema) };
}

export function toWorkflowFile({ title, graph }: PortableWorkflow): string {
  const file = { format: WORKFLOW_FILE_FORMAT, version: WORKFLOW_FILE_VERSION, title, graph };
  const compact = JSON.stringify(file);
  // Indented, the largest graphs would be many times larger than an import accepts.
  return `${compact.length > MAX_INDENTED_CHARS ? compact : JSON.stringify(file, null, 2)}\n`;
}
