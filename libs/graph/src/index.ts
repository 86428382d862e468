/** Schema, catalogue, expressions, linter, edits and layout of workflow graphs. Runs in Node and in a browser. */

export { branchesOf, outletsOf } from './catalog/branches.js';
export { effectiveParameter, exampleParameters, findNodeType, isRequired, nodeCatalog } from './catalog/catalog.js';
export * from './catalog/node-type.js';
export { searchNodeTypes } from './catalog/search-node-types.js';
export { edgeIdOf } from './edit/edge-id.js';
export { connectNodes, disconnectNodes } from './edit/edit-edges.js';
export {
  type EdgeSelector,
  edgeSelectorSchema,
  type NewEdge,
  type NewNode,
  type NodeUpdate,
  newEdgeSchema,
  newNodeSchema,
  nodeUpdateSchema,
} from './edit/edit-input.js';
export { addNodes, removeNodes, updateNode } from './edit/edit-nodes.js';
export { EDIT_PROBLEM_CODES, type EditProblem, type EditProblemCode, type EditResult } from './edit/edit-result.js';
export { graphEvent } from './edit/graph-event.js';
export {
  applyPatch,
  diffGraphs,
  emptyPatch,
  type GraphDiff,
  type GraphPatch,
  isEmptyPatch,
} from './edit/graph-patch.js';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  exportFormatTitle,
  exportGraph,
  type GraphExport,
  isExportFormat,
} from './export/export-graph.js';
export type { ExportLoss } from './export/export-loss.js';
export { EXPRESSION_FUNCTIONS, EXPRESSION_ROOTS, type ExpressionRoot } from './expressions/language.js';
export { type ExpressionReference, type ExpressionResult, parseExpression } from './expressions/parse-expression.js';
export { parseCondition, parseExpressions, type TemplateExpression } from './expressions/parse-template.js';
export * from './graph-schema.js';
export { type ImportResult, importGraph, MAX_IMPORT_CHARS } from './import/import-graph.js';
export {
  COLUMN_GAP,
  COLUMN_PITCH,
  COLUMNS,
  NODE_HEIGHT,
  NODE_WIDTH,
  overlaps,
  ROW_GAP,
  ROW_PITCH,
  ROWS,
} from './layout/geometry.js';
export { placeNodes, type UnplacedNode } from './layout/place-nodes.js';
export { hasHoles, readsBackwards } from './layout/reading-direction.js';
export { tidyLayout } from './layout/tidy-layout.js';
export type { GraphIssue } from './lint/graph-issue.js';
export {
  GRAPH_ISSUE_CODES,
  type GraphIssueCode,
  ISSUE_SEVERITIES,
  type IssueCodeEntry,
  type IssueSeverity,
} from './lint/issue-codes.js';
export { hasErrors, lintGraph, MAX_ISSUES } from './lint/lint-graph.js';
export { cronProblem } from './values/cron.js';
export { parseDuration } from './values/duration.js';
