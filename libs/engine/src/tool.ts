/** Tools of an agent: the two kinds, and what each of them is promised. */

import type { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import type { GraphIssue, GraphPatch, WorkflowGraph } from '#libs/graph';

interface ToolBase<Input> {
  /** What the tool does and when to use it, for the model. */
  description: string;
  inputSchema: z.ZodType<Input>;
}

export interface FunctionToolCall {
  /** The same for every try of this call: `<runId>:<toolCallId>`. Pass it on to services that take one. */
  idempotencyKey: string;
  /** Fires when the run is stopped, handed back or fenced, and when the tool's time is up. */
  signal: AbortSignal;
}

/**
 * Talks to the outside. At least once: a crash between its effect and the commit of its step runs it again. Throw
 * `RetryableError` to be tried again, `FatalError` to end the run; any other error goes back to the model as data.
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
  /** What the model is told. */
  output: JsonValue;
}

/**
 * Edits the workflow's graph. Exactly once: the edit and the step's result commit in one transaction. Must be pure.
 * Edits asked for in one answer of the model are applied in the order in which it asked.
 */
export interface GraphEditTool<Input = unknown> extends ToolBase<Input> {
  kind: 'graph-edit';
  edit(input: Input, graph: WorkflowGraph): GraphEdit;
}

export type AgentTool<Input = unknown> = FunctionTool<Input> | GraphEditTool<Input>;

/** Tools by the name that the model uses. */
// biome-ignore lint/suspicious/noExplicitAny: a set holds tools of different inputs; each is checked by its own schema.
export type ToolSet = Record<string, AgentTool<any>>;

/** Gives `execute` the type of its schema. */
export function defineFunctionTool<Input>(tool: Omit<FunctionTool<Input>, 'kind'>): FunctionTool<Input> {
  return { kind: 'function', ...tool };
}

/** Gives `edit` the type of its schema. */
export function defineGraphEditTool<Input>(tool: Omit<GraphEditTool<Input>, 'kind'>): GraphEditTool<Input> {
  return { kind: 'graph-edit', ...tool };
}
