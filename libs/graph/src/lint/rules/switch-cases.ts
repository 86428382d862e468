/** Checks nodes whose branches come from a list of cases: clashing names, cases without a test. */

import type { JsonValue } from '#libs/contracts';
import { ownValue } from '#libs/contracts';
import { caseName } from '../../catalog/branches.js';
import { findNodeType } from '../../catalog/catalog.js';
import type { GraphNode } from '../../graph-schema.js';
import { type LintContext, nameOf } from '../graph-issue.js';

export function checkSwitchCases(context: LintContext): void {
  for (const node of context.graph.nodes) {
    const branches = findNodeType(node.type)?.branches;
    if (branches?.from !== 'cases') continue;
    const cases = ownValue(node.parameters, branches.parameter);
    if (Array.isArray(cases)) {
      const reserved = branches.outlets.map((outlet) => outlet.name);
      checkNames(context, node, cases, branches.parameter, reserved);
      checkTests(context, node, cases);
    } else if (typeof cases === 'string' && cases.includes('{{')) {
      context.report(
        'WRONG_PARAMETER_TYPE',
        `${nameOf(node)}: the parameter "${branches.parameter}" must be written out as a list, because its entries are the branches.`,
        { nodeId: node.id, path: `parameters.${branches.parameter}` },
      );
    }
  }
}

function checkNames(
  { report }: LintContext,
  node: GraphNode,
  cases: readonly JsonValue[],
  parameter: string,
  reserved: readonly string[],
): void {
  const seen = new Set(reserved);
  for (const [index, entry] of cases.entries()) {
    const name = caseName(entry);
    if (name === null) continue;
    const place = { nodeId: node.id, path: `parameters.${parameter}[${index}]` };
    if (name.length > 60) {
      report(
        'WRONG_PARAMETER_TYPE',
        `${nameOf(node)}: the name of case ${index + 1} is longer than 60 characters.`,
        place,
      );
    } else if (seen.has(name)) {
      const reason = reserved.includes(name) ? 'is the name of the branch for everything else' : 'is used twice';
      report('AMBIGUOUS_BRANCH', `${nameOf(node)}: the case name "${name}" ${reason}. Choose another name.`, place);
    }
    seen.add(name);
  }
}

function checkTests({ report }: LintContext, node: GraphNode, cases: readonly JsonValue[]): void {
  const value = node.parameters.value;
  if (isText(value)) return;
  const untested = cases.map((entry) => (hasOwnTest(entry) ? null : caseName(entry))).filter((name) => name !== null);
  if (untested.length === 0) return;
  report(
    'MISSING_PARAMETER',
    `${nameOf(node)}: the case "${untested[0]}" has no condition and there is no "value" to compare it with. Give "value", or write the case as { "name": …, "when": … }.`,
    { nodeId: node.id, path: 'parameters.value' },
  );
}

function hasOwnTest(entry: JsonValue): boolean {
  return entry !== null && typeof entry === 'object' && !Array.isArray(entry) && isText(entry.when);
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value.trim() !== '';
}
