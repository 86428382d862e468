/** Walks an expression and lets a dialect write each part in another language. */
import jsep from 'jsep';
import { EXPRESSION_ROOTS, type ExpressionRoot } from '../expressions/language.js';
import { type ExpressionResult, keysOf, literalPath } from '../expressions/parse-expression.js';

/** A read of data. `path` holds the literal names from the root or, for `nodes`, from the step. */
export interface DataRead {
  readonly root: ExpressionRoot;
  readonly nodeId: string | null;
  readonly path: readonly string[];
}

export interface Dialect {
  literal(value: string | number | boolean | null): string;
  read(read: DataRead): string;
  /** `object` and `key` are already translated. */
  at(object: string, key: string): string;
  list(items: readonly string[]): string;
  unary(operator: string, value: string): string;
  binary(operator: string, left: string, right: string): string;
  choice(test: string, yes: string, no: string): string;
  call(name: string, values: readonly string[]): string;
}

/** Writes a call of a function with its values, which are already translated. */
export type WriteCall = (...values: string[]) => string;

/** Functions described by the code of a call, in which `{0}`, `{1}` … stand for the values. */
export function functionsOf(templates: Readonly<Record<string, string>>): Record<string, WriteCall> {
  return Object.fromEntries(
    Object.entries(templates).map(([name, template]) => [
      name,
      (...values) => template.replaceAll(/\{(\d)\}/g, (_, at) => values[Number(at)] ?? ''),
    ]),
  );
}

/** Thrown where the dialect has no equivalent; ends the translation. */
export class Untranslatable extends Error {}

export type Translation =
  | { readonly ok: true; readonly code: string }
  | { readonly ok: false; readonly reason: string };

/** `reason` is the end of a sentence: "The expression … {reason}." */
export function translateExpression(parsed: ExpressionResult, dialect: Dialect): Translation {
  if (!parsed.ok) return { ok: false, reason: parsed.error };
  try {
    return { ok: true, code: write(jsep(parsed.source.trim()) as jsep.CoreExpression, dialect) };
  } catch (error) {
    if (error instanceof Untranslatable) return { ok: false, reason: error.message };
    throw error;
  }
}

function write(expression: jsep.CoreExpression, dialect: Dialect): string {
  const inner = (part: jsep.Expression): string => write(part as jsep.CoreExpression, dialect);
  switch (expression.type) {
    case 'Literal':
      return dialect.literal(expression.value as string | number | boolean | null);
    case 'Identifier':
    case 'MemberExpression':
      return writeRead(expression, dialect);
    case 'UnaryExpression':
      return dialect.unary(expression.operator, inner(expression.argument));
    case 'BinaryExpression':
      return dialect.binary(expression.operator, inner(expression.left), inner(expression.right));
    case 'ConditionalExpression':
      return dialect.choice(inner(expression.test), inner(expression.consequent), inner(expression.alternate));
    case 'ArrayExpression':
      return dialect.list(expression.elements.map((element) => inner(element as jsep.Expression)));
    case 'CallExpression':
      return dialect.call((expression.callee as jsep.Identifier).name, expression.arguments.map(inner));
    default:
      throw new Untranslatable('uses something that cannot be written elsewhere');
  }
}

function writeRead(expression: jsep.Identifier | jsep.MemberExpression, dialect: Dialect): string {
  const { from, keys } = keysOf(expression as jsep.CoreExpression);
  const path = literalPath(keys);
  const rest = keys.slice(path.length);
  let code: string;
  if (from.type !== 'Identifier') {
    code = write(from, dialect);
    for (const key of path) code = dialect.at(code, dialect.literal(key));
  } else {
    const root = from.name;
    if (!Object.hasOwn(EXPRESSION_ROOTS, root)) throw new Untranslatable(`reads "${root}", which does not exist`);
    const [nodeId = null, ...inNode] = path;
    code = dialect.read(
      root === 'nodes' ? { root, nodeId, path: inNode } : { root: root as ExpressionRoot, nodeId: null, path },
    );
  }
  for (const key of rest) {
    const at = typeof key === 'string' ? dialect.literal(key) : write(key as jsep.CoreExpression, dialect);
    code = dialect.at(code, at);
  }
  return code;
}
