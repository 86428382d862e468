/** The types in which a node type is described: kinds, parameters, outputs, branches. */
import type { JsonValue } from '#libs/contracts';

export const PARAMETER_TYPES = [
  'string',
  'text',
  'number',
  'boolean',
  'enum',
  'expression',
  'json',
  'list',
  'duration',
  'cron',
  'url',
  'email',
  'credential',
] as const;
/**
 * - `string` one line, `text` many lines; both may contain `{{ expressions }}`
 * - `expression` one expression without braces, such as `trigger.amount > 1000`
 * - `json` a JSON object or array, `list` a JSON array; strings inside may contain expressions
 * - `duration` `90s`, `15m`, `3d`, `1h30m` or ISO 8601 (`PT15M`)
 * - `cron` five fields: minute, hour, day of month, month, day of week
 * - `email` one address, several separated by commas, or an array of addresses
 * - `credential` the name of a stored connection, never the secret itself
 *
 * Every type but `enum`, `cron`, `credential` and `expression` also accepts a string that is exactly one `{{ expression }}`.
 */
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export type ListItemSpec =
  | { readonly type: 'string' }
  | {
      readonly type: 'object';
      readonly fields: readonly ParameterSpec[];
      /** A string may be given instead of an object. */
      readonly orString?: boolean;
    };

export interface ParameterSpec {
  readonly name: string;
  readonly type: ParameterType;
  /** A parameter with a default is never required. */
  readonly required: boolean;
  /** Also required when another parameter (or its default) has one of these values. */
  readonly requiredWhen?: { readonly parameter: string; readonly in: readonly string[] };
  readonly description: string;
  /** The values that an `enum` allows. On a `list`: words that may be given instead of a list. */
  readonly values?: readonly string[];
  /** Used when the parameter is omitted. */
  readonly default?: JsonValue;
  /** A value that passes the linter. */
  readonly example?: JsonValue;
  /** The type of a `list`'s items; any when absent. */
  readonly items?: ListItemSpec;
  /** The node iterates over a list itself, so expressions here may use `item` and `index` outside a loop. */
  readonly perItem?: boolean;
  /** A `json` parameter that may also be a string, number or boolean; otherwise only an object or a list. */
  readonly scalar?: boolean;
  /** Taken literally: `{{` has no meaning here (program code). */
  readonly verbatim?: boolean;
}

export interface OutputSpec {
  readonly name: string;
  readonly description: string;
}

/** One named output of a branching node. */
export interface Outlet {
  readonly name: string;
  readonly description: string;
  /** Whether a missing edge is an error; otherwise the path may end here on purpose. */
  readonly mustConnect: boolean;
}

/**
 * Where a node's named outputs come from; `null` means one unnamed output.
 *
 * - `fixed`: always the same
 * - `cases`: one per entry of a list parameter (a string, or an object with `name`), then `outlets`
 * - `choice`: depends on an enum parameter; a value without an entry means one unnamed output
 */
export type BranchSpec =
  | null
  | { readonly from: 'fixed'; readonly outlets: readonly Outlet[] }
  | { readonly from: 'cases'; readonly parameter: string; readonly outlets: readonly Outlet[] }
  | {
      readonly from: 'choice';
      readonly parameter: string;
      readonly choices: Readonly<Record<string, readonly Outlet[]>>;
    };

export interface NodeType {
  /** Unique in the catalogue, for example `trigger.webhook`, `logic.if`, `action.slack`, `ai.summarise`. */
  readonly type: string;
  /** The purpose of a node, across vendors: Teams and Telegram are both `chat`, GitHub and Linear both `issue`. */
  readonly kind: string;
  readonly category: 'trigger' | 'logic' | 'action';
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Markdown, two to five sentences: how to use it. */
  readonly docs: string;
  /** Name of a lucide icon, in kebab case. */
  readonly icon: string;
  readonly keywords: readonly string[];
  readonly branches: BranchSpec;
  readonly parameters: readonly ParameterSpec[];
  /** Values that later nodes can read as `nodes.<id>.<name>` (for triggers also `trigger.<name>`). */
  readonly outputs: readonly OutputSpec[];
  /** Runs one of its branches once per item; edges from that branch may lead back to the node. */
  readonly loop?: boolean;
  /** No node may follow it. */
  readonly terminal?: boolean;
  /** Starts a path and takes no incoming edge: every trigger, and the error handler. */
  readonly entry?: boolean;
}
