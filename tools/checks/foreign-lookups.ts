/**
 * Finds lookups on plain objects by names known only at run time. Such a name may be `__proto__`, `constructor` or
 * `toString`, which every object has. Use `ownValue`, a Map, or `Object.hasOwn(object, name)` in the same function.
 */
import ts from 'typescript';
import { everyNode, placeOf, type Source } from './sources.ts';

export function foreignLookups(source: Source): string[] {
  const found: string[] = [];
  everyNode(source.file, (node) => {
    if (isForeignAccess(node, source.checker) || isForeignIn(node, source.checker)) {
      found.push(`${placeOf(source, node)} ${node.getText(source.file).replaceAll(/\s+/g, ' ').slice(0, 80)}`);
    }
  });
  return found;
}

function isForeignAccess(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isElementAccessExpression(node)) return false;
  const key = node.argumentExpression;
  const object = checker.getApparentType(checker.getTypeAtLocation(node.expression));
  if (!isForeignName(key, checker) || checker.isArrayType(object) || checker.isTupleType(object)) return false;
  const name = ts.isAsExpression(key) ? key.expression : key;
  return !enclosingFunction(node).getText().includes(`Object.hasOwn(${node.expression.getText()}, ${name.getText()})`);
}

function isForeignIn(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.InKeyword) return false;
  return !ts.isPrivateIdentifier(node.left) && isForeignName(node.left, checker);
}

/** Any string, or one merely asserted to be one of a few. Numbers, symbols and unions of literals are safe. */
function isForeignName(key: ts.Expression, checker: ts.TypeChecker): boolean {
  if (ts.isAsExpression(key)) return isForeignName(key.expression, checker);
  const type = checker.getTypeAtLocation(key);
  const open = ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral | ts.TypeFlags.Any | ts.TypeFlags.Unknown;
  return (type.isUnion() ? type.types : [type]).some((member) => (member.flags & open) !== 0);
}

function enclosingFunction(node: ts.Node): ts.Node {
  let current = node;
  while (!ts.isFunctionLike(current) && !ts.isSourceFile(current)) current = current.parent;
  return current;
}
