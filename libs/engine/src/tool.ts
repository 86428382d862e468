/** The tools of an agent: the two kinds and their guarantees. */

import type { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import type { GraphIssue, GraphPatch, WorkflowGraph } from '#libs/graph';

interface ToolBase<Input> {
  /** What the tool does and when to use it, for the model. */
  description: string;
  inputSchema: z.ZodType<Input>;
}

export interface FunctionToolCall {
  /** The same for every try of this call: `<runId>:<toolCallId>`. Pass it on to services that accept idempotency keys. */
  idempotencyKey: string;
  /** Fires when the run is stopped, handed back or fenced, and when the tool's time is up. */
  signal: AbortSignal;
}

/**
 * A tool with outside effects. Executed at least once: after a crash between its effect and the commit of its step it runs
 * again. Throw `RetryableError` to be tried again, `FatalError` to end the run; any other error goes back to the model as
 * data.
 */
export interface FunctionTool<Input = unknown> extends ToolBase<Input> {
  kind: 'function';
  execute(input: Input, call: FunctionToolCall): Promise<JsonValue>;
}

export interface GraphEdit {
  graph: WorkflowGraph;
  patch: GraphPatch;
  /** All findings on the new graph. */
  issues: GraphIssue[];
  /** The result as the model gets it. */
  output: JsonValue;
}

/**
 * Edits the workflow's graph. Exactly once: the edit and the step's result commit in one transaction. Must be pure. Edits
 * in one answer of the model are applied in the order of its calls.
 */
export interface GraphEditTool<Input = unknown> extends ToolBase<Input> {
  kind: 'graph-edit';
  edit(input: Input, graph: WorkflowGraph): GraphEdit;
}

export type AgentTool<Input = unknown> = FunctionTool<Input> | GraphEditTool<Input>;

/** Tools by the name that the model uses. */
// biome-ignore lint/suspicious/noExplicitAny: a set holds tools of different inputs; each is checked by its own schema.
export type ToolSet = Record<string, AgentTool<any>>;

/** Infers the type of `execute` from the schema. */
export function defineFunctionTool<Input>(tool: Omit<FunctionTool<Input>, 'kind'>): FunctionTool<Input> {
  return { kind: 'function', ...tool };
}

/** Infers the type of `edit` from the schema. */
export function defineGraphEditTool<Input>(tool: Omit<GraphEditTool<Input>, 'kind'>): GraphEditTool<Input> {
  return { kind: 'graph-edit', ...tool };
}
