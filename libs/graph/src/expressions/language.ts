/** The expression language: roots, functions, operators. Both the parser and the documentation use these tables. */

/** The roots of an expression. */
export const EXPRESSION_ROOTS = {
  trigger: 'What started the workflow.',
  nodes:
    'Results of earlier nodes, by node id: `nodes.score.body.risk`, or `nodes["send-mail"].id` for ids with a dash.',
  item: 'The current item, inside a loop and in nodes that go through a list.',
  index: 'Number of the current item, from 0; available where `item` is.',
  error: 'What went wrong, behind an error handler: `error.message`, `error.nodeId`, `error.label`.',
  settings: 'Values that a person fills in for this workflow, such as addresses: `settings.inventoryApiUrl`.',
  now: 'The current date and time.',
} as const;
export type ExpressionRoot = keyof typeof EXPRESSION_ROOTS;

export interface ExpressionFunction {
  readonly minimum: number;
  readonly maximum: number;
  readonly usage: string;
}

const takes = (minimum: number, maximum: number, usage: string): ExpressionFunction => ({ minimum, maximum, usage });

/** The functions that an expression may call, with the number of arguments. */
export const EXPRESSION_FUNCTIONS: Readonly<Record<string, ExpressionFunction>> = {
  length: takes(1, 1, 'length(list or text)'),
  isEmpty: takes(1, 1, 'isEmpty(value)'),
  contains: takes(2, 2, 'contains(text or list, part)'),
  startsWith: takes(2, 2, 'startsWith(text, start)'),
  endsWith: takes(2, 2, 'endsWith(text, end)'),
  matches: takes(2, 2, 'matches(text, pattern)'),
  isEmail: takes(1, 1, 'isEmail(text)'),
  lower: takes(1, 1, 'lower(text)'),
  upper: takes(1, 1, 'upper(text)'),
  trim: takes(1, 1, 'trim(text)'),
  replace: takes(3, 3, 'replace(text, what, with)'),
  split: takes(2, 2, 'split(text, separator)'),
  join: takes(1, 2, 'join(list, separator)'),
  slice: takes(2, 3, 'slice(text or list, from, to)'),
  first: takes(1, 1, 'first(list)'),
  last: takes(1, 1, 'last(list)'),
  pluck: takes(2, 2, 'pluck(list, field)'),
  unique: takes(1, 1, 'unique(list)'),
  sort: takes(1, 2, 'sort(list, field)'),
  sum: takes(1, 2, 'sum(list, field)'),
  average: takes(1, 2, 'average(list, field)'),
  keys: takes(1, 1, 'keys(object)'),
  number: takes(1, 1, 'number(value)'),
  string: takes(1, 1, 'string(value)'),
  boolean: takes(1, 1, 'boolean(value)'),
  round: takes(1, 2, 'round(number, digits)'),
  floor: takes(1, 1, 'floor(number)'),
  ceil: takes(1, 1, 'ceil(number)'),
  abs: takes(1, 1, 'abs(number)'),
  min: takes(1, 20, 'min(a, b, …)'),
  max: takes(1, 20, 'max(a, b, …)'),
  coalesce: takes(1, 20, 'coalesce(a, b, …)'),
  date: takes(1, 1, 'date(text)'),
  formatDate: takes(2, 3, 'formatDate(date, format, timezone)'),
  addDuration: takes(2, 2, 'addDuration(date, "3d")'),
  subtractDuration: takes(2, 2, 'subtractDuration(date, "3d")'),
  daysBetween: takes(2, 2, 'daysBetween(from, to)'),
  toJson: takes(1, 1, 'toJson(value)'),
  parseJson: takes(1, 1, 'parseJson(text)'),
};

export const BINARY_OPERATORS: ReadonlySet<string> = new Set('|| && ?? == != === !== < > <= >= + - * / %'.split(' '));
export const UNARY_OPERATORS: ReadonlySet<string> = new Set(['!', '-', '+']);

/** Member names that would reach into JavaScript internals instead of data. */
export const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

export const MAX_EXPRESSION_LENGTH = 2000;
