/**
 * Owns the vocabulary in which a node type is described: kinds, parameters, outputs, branches.
 * Never holds a node type itself.
 */
import type { JsonValue } from '#libs/contracts';

export const NODE_CATEGORIES = ['trigger', 'logic', 'action'] as const;
export type NodeCategory = (typeof NODE_CATEGORIES)[number];

export const NODE_KINDS = [
  'manual',
  'schedule',
  'webhook',
  'form',
  'email',
  'feed',
  'file',
  'database',
  'chat',
  'if',
  'switch',
  'forEach',
  'merge',
  'filter',
  'wait',
  'approval',
  'errorHandler',
  'respond',
  'stop',
  'http',
  'slack',
  'sms',
  'sheet',
  'crm',
  'issue',
  'ticket',
  'document',
  'payment',
  'calendar',
  'ai',
  'transform',
  'code',
] as const;
/** What a node is for, across vendors: Teams and Telegram are both `chat`, GitHub and Linear both `issue`. */
export type NodeKind = (typeof NODE_KINDS)[number];

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
      /** A plain word may stand in for an object. */
      readonly orString?: boolean;
    };

export interface ParameterSpec {
  readonly name: string;
  readonly type: ParameterType;
  /** Must be given. A parameter with a default is never required. */
  readonly required: boolean;
  /** Must also be given when another parameter (or its default) has one of these values. */
  readonly requiredWhen?: { readonly parameter: string; readonly in: readonly string[] };
  readonly description: string;
  /** The words an `enum` allows. On a `list`: words that may be given instead of a list. */
  readonly values?: readonly string[];
  /** What is used when the parameter is left out. */
  readonly default?: JsonValue;
  /** A value that passes the linter. */
  readonly example?: JsonValue;
  /** What a `list` holds; anything when absent. */
  readonly items?: ListItemSpec;
  /** The node goes through a list by itself: expressions here may use `item` and `index` outside a loop. */
  readonly perItem?: boolean;
  /** A `json` parameter that may also be a plain text, number or boolean; otherwise an object or a list. */
  readonly scalar?: boolean;
  /** Taken as written: `{{` has no meaning here (program code). */
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
  /** Leaving it without an edge is an error; otherwise the path may end there on purpose. */
  readonly mustConnect: boolean;
}

/**
 * Where a node's named outputs come from; `null` means one unnamed output.
 *
 * - `fixed`: always these
 * - `cases`: one per entry of a list parameter (a word, or an object with `name`), then `outlets`
 * - `choice`: decided by an enum parameter; a value without an entry means one unnamed output
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
  /** `trigger.webhook`, `logic.if`, `action.slack`, `ai.summarise`: unique in the catalogue. */
  readonly type: string;
  readonly kind: NodeKind;
  readonly category: NodeCategory;
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
  /** What later nodes can read as `nodes.<id>.<name>` (triggers: also `trigger.<name>`). */
  readonly outputs: readonly OutputSpec[];
  /** Runs one of its branches once per item; edges from that branch may return to the node. */
  readonly loop?: boolean;
  /** Nothing may follow it. */
  readonly terminal?: boolean;
  /** Starts a path of its own and takes no incoming edge: every trigger, and the error handler. */
  readonly entry?: boolean;
}
