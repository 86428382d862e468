/** The inputs of edits, from a model or a person. */
import { z } from 'zod';
import { branchNameSchema, graphIdSchema, nodeLabelSchema, parametersSchema, positionSchema } from '../graph-schema.js';

export const newNodeSchema = z.object({
  id: graphIdSchema.describe('Short id that is unique in the graph, such as "notifyBilling".'),
  type: z.string().min(1).max(64).describe('Type from the catalogue, such as "action.slack".'),
  label: nodeLabelSchema.optional().describe('What the node does, in a few words. Defaults to the title of its type.'),
  parameters: parametersSchema.optional().describe('Values for the parameters of the type.'),
  after: graphIdSchema.nullish().describe('Id of the node it will come after; only decides where it is drawn.'),
});

export const newEdgeSchema = z.object({
  source: graphIdSchema.describe('Id of the node that the edge leaves.'),
  target: graphIdSchema.describe('Id of the node that runs next.'),
  branch: z
    .union([branchNameSchema, z.literal('')])
    .nullish()
    .describe('Named output of the source, such as "true"; leave it out where the source has a single output.'),
});

export const edgeSelectorSchema = z.union([
  z.object({ id: graphIdSchema }),
  z.object({
    source: graphIdSchema,
    target: graphIdSchema,
    branch: z
      .union([branchNameSchema, z.literal('')])
      .nullish()
      .describe('Left out: every edge between the two.'),
  }),
]);

export const nodeUpdateSchema = z.object({
  id: graphIdSchema.describe('Id of the node to change.'),
  label: nodeLabelSchema.optional(),
  type: z.string().min(1).max(64).optional().describe('Another type from the catalogue.'),
  parameters: parametersSchema.optional().describe('Values to set; parameters that are not named stay as they are.'),
  removeParameters: z.array(z.string().max(64)).max(64).optional().describe('Names of parameters to clear.'),
  position: positionSchema.optional(),
});
