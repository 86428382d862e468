/** Schema, catalogue, expressions, linter, edits and layout of workflow graphs. Runs in Node and in a browser. */

export { branchesOf, outletsOf } from './catalog/branches.js';
export { exampleParameters, findNodeType, nodeCatalog } from './catalog/catalog.js';
export * from './catalog/node-type.js';
export { searchNodeTypes } from './catalog/search-node-types.js';
export { edgeIdOf } from './edit/edge-id.js';
export { connectNodes, disconnectNodes } from './edit/edit-edges.js';
export {
  edgeSelectorSchema,
  newEdgeSchema,
  newNodeSchema,
  nodeUpdateSchema,
} from './edit/edit-input.js';
export { addNodes, removeNodes, updateNode } from './edit/edit-nodes.js';
export type { EditProblem } from './edit/edit-result.js';
export { graphEvent } from './edit/graph-event.js';
export {
  applyPatch,
  diffGraphs,
  emptyPatch,
  type GraphPatch,
  isEmptyPatch,
} from './edit/graph-patch.js';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  exportGraph,
  type GraphExport,
  isExportFormat,
} from './export/export-graph.js';
export type { ExportLoss } from './export/export-loss.js';
export * from './graph-schema.js';
export { type ImportResult, importGraph, MAX_IMPORT_CHARS } from './import/import-graph.js';
export {
  COLUMN_GAP,
  COLUMN_PITCH,
  COLUMNS,
  NODE_HEIGHT,
  NODE_WIDTH,
  ROW_GAP,
  ROW_PITCH,
  ROWS,
} from './layout/geometry.js';
export { placeNodes } from './layout/place-nodes.js';
export { hasHoles, readsBackwards } from './layout/reading-direction.js';
export { tidyLayout } from './layout/tidy-layout.js';
export type { GraphIssue } from './lint/graph-issue.js';
export {
  ISSUE_SEVERITIES,
  type IssueSeverity,
} from './lint/issue-codes.js';
export { hasErrors, lintGraph } from './lint/lint-graph.js';
export { parseDuration } from './values/duration.js';
