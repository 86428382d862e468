/**
 * Facts about n8n's node types: name, newest version, exported version and the settings of that version. Versions of core
 * nodes are those of n8n 2.40. Versions of nodes for single services and the names of settings come from general knowledge
 * and were not compared with a running n8n. The exported version is one minor version below the newest, so that an n8n some
 * months old can import it; a whole number has no minor version below it.
 */
import outputs from './n8n-outputs.json' with { type: 'json' };
import types from './n8n-types.json' with { type: 'json' };

export interface N8nTypeFacts {
  readonly type: string;
  readonly newest: number;
  readonly written: number;
  readonly settings: readonly string[];
}

export type N8nTypeName = keyof typeof types;
export const N8N_TYPES: Readonly<Record<N8nTypeName, N8nTypeFacts>> = types;

/** Maximum inputs of a merge node. */
export const N8N_MERGE_INPUTS = 10;
/** Limits of a node's tries. */
export const N8N_TRIES = { least: 2, most: 5 } as const;

/**
 * Where n8n puts outputs that it names differently: a path inside the item, an expression in which `%` is the node, or
 * `null` where n8n has no equivalent. Outputs with the same name in both are not listed.
 */
export const N8N_OUTPUTS: Readonly<Record<string, Readonly<Record<string, string | null>>>> = outputs;
