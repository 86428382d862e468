/** The expression language: roots, functions, operators. Both the parser and the documentation use these tables. */
import functions from './functions.json' with { type: 'json' };

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

/** The functions that an expression may call, with the number of arguments. */
export const EXPRESSION_FUNCTIONS: Readonly<Record<string, ExpressionFunction>> = functions;

export const BINARY_OPERATORS: ReadonlySet<string> = new Set('|| && ?? == != === !== < > <= >= + - * / %'.split(' '));
export const UNARY_OPERATORS: ReadonlySet<string> = new Set(['!', '-', '+']);

/** Member names that would reach into JavaScript internals instead of data. */
export const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

export const MAX_EXPRESSION_LENGTH = 2000;
