/**
 * Checks the walks in ARCHITECTURE.md: each listed function is declared where the document says, and is named in one listed
 * before it. A line between two items, such as "*In the worker:*", marks a step without a call, over Redis or a socket;
 * what follows it need not be named before.
 */
import ts from 'typescript';
import { everyNode } from './sources.ts';

const ITEM = /^\d{1,2}\. `([\w.]{1,80})` \(\[[^\]]{1,80}\]\(([^)]{1,120})\)\)/;

const HEADING = '## Five walks';

/** @returns what is wrong, one line each; a numbered line that cannot be read is wrong, and so is a document without walks */
export function findBrokenWalks(document: string, read: (path: string) => string): string[] {
  const broken: string[] = [];
  let before: ts.Node[] = [];
  const [, section = ''] = document.split(`${HEADING}\n`);
  const lines = section.split('\n## ', 1).join('').split('\n');
  if (!lines.some((line) => ITEM.test(line))) broken.push(`there is no walk below "${HEADING}"`);
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (!item) {
      if (/^\d/.test(line)) broken.push(`this is no function with its file: ${line}`);
      if (line.trim() !== '' && !line.startsWith('   ')) before = [];
      continue;
    }
    const [, name = '', path = ''] = item;
    const declared = declarationsOf(path, read).get(name);
    if (!declared) {
      broken.push(`${path} declares no ${name}`);
      continue;
    }
    const called = name.split('.').at(-1) ?? name;
    if (before.length > 0 && !before.some((caller) => names(caller, called))) {
      broken.push(`nothing before it in its walk names ${name}`);
    }
    before.push(declared);
  }
  return broken;
}

/** Functions, and members of classes and objects as `Owner.member`; those inside a function count as its members. */
function declarationsOf(path: string, read: (path: string) => string): Map<string, ts.Node> {
  const found = new Map<string, ts.Node>();
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node, owner: string | null) => {
    let inside = owner;
    if (isNamed(node) && node.name && ts.isIdentifier(node.name)) {
      const own = node.name.text;
      for (const name of owner === null ? [own] : [own, `${owner}.${own}`]) if (!found.has(name)) found.set(name, node);
      if (ts.isClassDeclaration(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)) inside = own;
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(file, null);
  return found;
}

function isNamed(node: ts.Node): node is ts.NamedDeclaration & { name?: ts.DeclarationName } {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isGetAccessorDeclaration(node)
  );
}

function names(caller: ts.Node, called: string): boolean {
  let named = false;
  everyNode(caller, (node) => {
    // A component is named where it is rendered, a class where it is constructed.
    if (ts.isIdentifier(node) && node.text === called && node.parent !== caller) named = true;
  });
  return named;
}
