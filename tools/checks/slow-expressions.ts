/**
 * Finds regular expressions that may take more than linear time, and those that cannot be checked because they are built at
 * run time. The check uses scslre, which does not see the input: whatever it cannot prove harmless is reported.
 */
import { analyse } from 'scslre';
import ts from 'typescript';
import { everyNode, placeOf, type Source } from './sources.ts';

/** Where such expressions are harmless, and why. */
const BOUNDED: readonly (readonly [path: string, why: string])[] = [
  ['libs/simulator/src/planner/', 'reads at most 4,000 characters without runs of blanks; its linear-time.spec.ts'],
  ['libs/simulator/src/agents/', 'as the planner'],
  ['libs/graph/src/values/duration.ts', 'sees at most 40 characters'],
  [
    'libs/graph/src/export/asl/jsonata.ts',
    'compiles a pattern to see whether it is one, and runs none of them on long texts',
  ],
  ['libs/persistence/src/first-title.ts', 'sees at most 80 characters'],
];

export function slowExpressions(source: Source): string[] {
  if (BOUNDED.some(([path]) => source.path.startsWith(path))) return [];
  const found: string[] = [];
  everyNode(source.file, (node) => {
    const problem = problemOf(node);
    if (problem) found.push(`${placeOf(source, node)} ${problem}`);
  });
  return found;
}

function problemOf(node: ts.Node): string | null {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const madeAtRunTime = node.expression.getText() === 'RegExp' && !ts.isStringLiteral(node.arguments?.[0] ?? node);
    return madeAtRunTime ? 'is put together at run time' : null;
  }
  if (!ts.isRegularExpressionLiteral(node)) return null;
  const end = node.text.lastIndexOf('/');
  const [report] = analyse(new RegExp(node.text.slice(1, end), node.text.slice(end + 1))).reports;
  if (!report) return null;
  return `takes ${report.exponential ? 'exponential' : 'quadratic'} time on repetitions of ${report.character.literal.source}: ${node.text}`;
}
