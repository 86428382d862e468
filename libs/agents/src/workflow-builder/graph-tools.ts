/** The tools with which a model edits and checks the graph. The edits themselves are functions of the graph library. */

import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { defineGraphEditTool, type GraphEdit, type ToolSet } from '#libs/engine';
import {
  addNodes,
  connectNodes,
  diffGraphs,
  disconnectNodes,
  type EditProblem,
  edgeSelectorSchema,
  emptyPatch,
  type GraphIssue,
  type GraphPatch,
  graphIdSchema,
  hasErrors,
  lintGraph,
  newEdgeSchema,
  newNodeSchema,
  nodeUpdateSchema,
  removeNodes,
  updateNode,
  type WorkflowGraph,
} from '#libs/graph';

const addNodesTool = defineGraphEditTool({
  description:
    'Adds nodes to the workflow. Give every required parameter its real value; never leave placeholders or write secrets. ' +
    'Add one to three nodes at a time, in the order in which they run.',
  inputSchema: z.object({ nodes: z.array(newNodeSchema).min(1).max(20) }),
  edit: ({ nodes }, graph) => {
    const edited = addNodes(graph, nodes);
    return outcome(edited.graph, edited.patch, {
      added: edited.patch.upsertNodes.map((node) => node.id),
      problems: describe(edited.problems),
    });
  },
});

const connectNodesTool = defineGraphEditTool({
  description:
    'Connects nodes with edges, and removes edges. To put a node between two others, remove their edge and add two.',
  inputSchema: z.object({
    edges: z.array(newEdgeSchema).max(40),
    disconnect: z
      .array(edgeSelectorSchema)
      .max(40)
      .optional()
      .describe('Edges to remove, before the others are added.'),
  }),
  edit: ({ edges, disconnect = [] }, graph) => {
    const cut = disconnectNodes(graph, disconnect);
    const joined = connectNodes(cut.graph, edges);
    return outcome(joined.graph, diffGraphs(graph, joined.graph), {
      connected: joined.patch.upsertEdges.map((edge) => edge.id),
      disconnected: cut.patch.removeEdgeIds,
      problems: describe([...cut.problems, ...joined.problems]),
    });
  },
});

const updateNodeTool = defineGraphEditTool({
  description: 'Changes a node: its label, or some of its parameters. Parameters that are not named stay as they are.',
  inputSchema: nodeUpdateSchema.omit({ type: true, position: true }),
  edit: (change, graph) => {
    const edited = updateNode(graph, change);
    return outcome(edited.graph, edited.patch, {
      updated: edited.patch.upsertNodes.map((node) => node.id),
      problems: describe(edited.problems),
    });
  },
});

const removeNodesTool = defineGraphEditTool({
  description: 'Removes nodes and every edge that touches them. Connect what is left again with connectNodes.',
  inputSchema: z.object({ ids: z.array(graphIdSchema).min(1).max(50) }),
  edit: ({ ids }, graph) => {
    const edited = removeNodes(graph, ids);
    return outcome(edited.graph, edited.patch, {
      removed: edited.patch.removeNodeIds,
      problems: describe(edited.problems),
    });
  },
});

const validateGraphTool = defineGraphEditTool({
  description: 'Checks the whole workflow and returns every finding. Call it when you think that you are done.',
  inputSchema: z.object({}),
  edit: (_input, graph) => {
    const issues = lintGraph(graph);
    return outcome(graph, emptyPatch(), { ok: !hasErrors(issues), issues: describe(issues) });
  },
});

export const graphTools: ToolSet = {
  addNodes: addNodesTool,
  connectNodes: connectNodesTool,
  updateNode: updateNodeTool,
  removeNodes: removeNodesTool,
  validateGraph: validateGraphTool,
};

function outcome(graph: WorkflowGraph, patch: GraphPatch, output: { [key: string]: JsonValue }): GraphEdit {
  return { graph, patch, issues: lintGraph(graph), output };
}

/** Findings and problems are plain values; this only tells the compiler so. */
function describe(items: readonly (EditProblem | GraphIssue)[]): JsonValue {
  return items.map((item) => ({ ...item })) as unknown as JsonValue;
}
