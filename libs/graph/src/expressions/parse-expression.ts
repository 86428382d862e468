/** Parses one expression with jsep, checks it against an allow-list and collects its references. Never evaluates anything. */
import jsep from 'jsep';
import {
  BINARY_OPERATORS,
  EXPRESSION_FUNCTIONS,
  EXPRESSION_ROOTS,
  type ExpressionRoot,
  FORBIDDEN_MEMBERS,
  MAX_EXPRESSION_LENGTH,
  UNARY_OPERATORS,
} from './language.js';

/** A place in an expression that reads data. */
export type ExpressionReference =
  | { readonly root: Exclude<ExpressionRoot, 'nodes'>; readonly path: readonly string[] }
  | { readonly root: 'nodes'; readonly nodeId: string; readonly path: readonly string[] }
  /** A name that is not a root. */
  | { readonly root: 'unknown'; readonly name: string; readonly path: readonly string[] };

export type ExpressionResult =
  | { readonly ok: true; readonly source: string; readonly references: readonly ExpressionReference[] }
  /** `error` is the end of a sentence: "The expression … {error}." */
  | { readonly ok: false; readonly source: string; readonly error: string };

class Refused extends Error {}

/**
 * Parses one expression without braces. Never throws. References are in the order written; unknown roots are references,
 * not errors.
 */
export function parseExpression(source: string): ExpressionResult {
  const text = source.trim();
  if (text === '') return { ok: false, source, error: 'is empty' };
  if (text.length > MAX_EXPRESSION_LENGTH) {
    return { ok: false, source, error: `is longer than ${MAX_EXPRESSION_LENGTH} characters` };
  }
  try {
    const references: ExpressionReference[] = [];
    visit(jsep(text), references);
    return { ok: true, source, references };
  } catch (error) {
    return { ok: false, source, error: explain(error, text) };
  }
}

function explain(error: unknown, text: string): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof RangeError) return 'is nested too deeply';
  if (/(?<![=!<>])=(?![=>])/.test(text)) return 'uses "="; compare with "=="';
  const reason = error instanceof Error ? error.message.split(' at character ', 1)[0] : 'is not understood';
  return `does not parse: ${reason}`;
}

function visit(node: jsep.Expression, found: ExpressionReference[]): void {
  const expression = node as jsep.CoreExpression;
  switch (expression.type) {
    case 'Literal':
      return;
    case 'Identifier':
      found.push(rootReference(expression.name, []));
      return;
    case 'MemberExpression':
      visitMember(expression, found);
      return;
    case 'CallExpression':
      visitCall(expression, found);
      return;
    case 'UnaryExpression':
      if (!UNARY_OPERATORS.has(expression.operator))
        throw new Refused(`uses "${expression.operator}", which is not available`);
      visit(expression.argument, found);
      return;
    case 'BinaryExpression':
      if (!BINARY_OPERATORS.has(expression.operator)) {
        throw new Refused(
          expression.operator === '|'
            ? 'uses "|"; write "||" for or, and call functions as in upper(x)'
            : `uses "${expression.operator}", which is not available`,
        );
      }
      visit(expression.left, found);
      visit(expression.right, found);
      return;
    case 'ConditionalExpression':
      visit(expression.test, found);
      visit(expression.consequent, found);
      visit(expression.alternate, found);
      return;
    case 'ArrayExpression':
      for (const element of expression.elements) {
        if (!element) throw new Refused('has a gap in a list');
        visit(element, found);
      }
      return;
    case 'ThisExpression':
      throw new Refused('uses "this", which does not exist here');
    case 'Compound':
    case 'SequenceExpression':
      throw new Refused('holds more than one expression; join them with an operator, or put quotes around text');
    default:
      throw new Refused('uses something that is not available in expressions');
  }
}

function visitCall(call: jsep.CallExpression, found: ExpressionReference[]): void {
  const callee = call.callee as jsep.CoreExpression;
  if (callee.type === 'MemberExpression') {
    const method = callee.property as jsep.CoreExpression;
    const name = method.type === 'Identifier' ? method.name : 'this';
    throw new Refused(
      `calls a method (".${name}()"); use a function instead, as in contains(text, part) or length(list)`,
    );
  }
  if (callee.type !== 'Identifier') throw new Refused('calls something that is not a function');
  const known = Object.hasOwn(EXPRESSION_FUNCTIONS, callee.name) ? EXPRESSION_FUNCTIONS[callee.name] : undefined;
  if (!known) {
    throw new Refused(
      `calls "${callee.name}", which is not a function here; available: ${Object.keys(EXPRESSION_FUNCTIONS).join(', ')}`,
    );
  }
  if (call.arguments.length < known.minimum || call.arguments.length > known.maximum) {
    throw new Refused(`gives "${callee.name}" ${call.arguments.length} value(s); write ${known.usage}`);
  }
  for (const argument of call.arguments) visit(argument, found);
}

/**
 * The keys of `a.b["c"][0]` from the outside in, and what they are read from. A computed key that is not a literal stays an
 * expression.
 */
export function keysOf(expression: jsep.CoreExpression): {
  from: jsep.CoreExpression;
  keys: (string | jsep.Expression)[];
} {
  const keys: (string | jsep.Expression)[] = [];
  let from = expression;
  while (from.type === 'MemberExpression') {
    const property = from.property as jsep.CoreExpression;
    if (!from.computed && property.type === 'Identifier') keys.unshift(property.name);
    else keys.unshift(property.type === 'Literal' ? String(property.value) : property);
    from = from.object as jsep.CoreExpression;
  }
  return { from, keys };
}

/** Collects a read of data; a computed key that is not a literal is visited as its own expression. */
function visitMember(member: jsep.MemberExpression, found: ExpressionReference[]): void {
  const { from, keys } = keysOf(member as jsep.CoreExpression);
  const forbidden = keys.find((key) => typeof key === 'string' && FORBIDDEN_MEMBERS.has(key));
  if (forbidden) throw new Refused(`reads "${forbidden}", which is not data`);
  const computed = keys.filter((key) => typeof key !== 'string');

  if (from.type === 'Identifier') {
    if (from.name === 'nodes' && keys[0] === computed[0]) {
      throw new Refused('picks a node by a computed name; name the node, as in nodes.score.body');
    }
    found.push(rootReference(from.name, literalPath(keys)));
  } else {
    visit(from, found);
  }
  for (const part of computed) visit(part, found);
}

/** The keys up to the first that is computed. */
export function literalPath(keys: readonly (string | jsep.Expression)[]): string[] {
  const end = keys.findIndex((key) => typeof key !== 'string');
  return keys.slice(0, end === -1 ? keys.length : end).filter((key) => typeof key === 'string');
}

function rootReference(name: string, path: readonly string[]): ExpressionReference {
  if (name === 'nodes') {
    const [nodeId, ...rest] = path;
    if (nodeId === undefined) throw new Refused('uses "nodes" alone; name the node, as in nodes.score.body');
    return { root: 'nodes', nodeId, path: rest };
  }
  if (Object.hasOwn(EXPRESSION_ROOTS, name)) return { root: name as Exclude<ExpressionRoot, 'nodes'>, path };
  return { root: 'unknown', name, path };
}
