/** The named outputs of a concrete node, derived from its type and parameters. Edges play no part. */

import type { JsonValue } from '#libs/contracts';
import type { GraphNode } from '../graph-schema.js';
import { effectiveParameter, findNodeType } from './catalog.js';
import type { Outlet } from './node-type.js';

/**
 * Named outputs of a node with their meaning, in order; `null` for a single unnamed output or an unknown type. Duplicate
 * names appear once.
 */
export function outletsOf(node: Pick<GraphNode, 'type' | 'parameters'>): readonly Outlet[] | null {
  const nodeType = findNodeType(node.type);
  const branches = nodeType?.branches;
  if (!nodeType || !branches) return null;
  switch (branches.from) {
    case 'fixed':
      return branches.outlets;
    case 'cases': {
      const spec = nodeType.parameters.find((parameter) => parameter.name === branches.parameter);
      const given = spec && effectiveParameter(spec, node.parameters);
      const names = Array.isArray(given) ? given.map(caseName).filter((name) => name !== null) : [];
      const cases = names.map((name) => ({ name, description: `The case "${name}" fits.`, mustConnect: true }));
      return uniqueByName([...cases, ...branches.outlets]);
    }
    case 'choice': {
      const spec = nodeType.parameters.find((parameter) => parameter.name === branches.parameter);
      const choice = spec && effectiveParameter(spec, node.parameters);
      if (typeof choice !== 'string' || !Object.hasOwn(branches.choices, choice)) return null;
      return branches.choices[choice] ?? null;
    }
  }
}

/** Names of a node's outputs, in order; `null` when it has a single unnamed output or an unknown type. */
export function branchesOf(node: Pick<GraphNode, 'type' | 'parameters'>): string[] | null {
  return outletsOf(node)?.map((outlet) => outlet.name) ?? null;
}

/** The name of one entry of a list of cases: a text, or an object with `name`; `null` when it has none. */
export function caseName(entry: JsonValue): string | null {
  const name = entry !== null && typeof entry === 'object' && !Array.isArray(entry) ? entry.name : entry;
  return typeof name === 'string' && name !== '' ? name : null;
}

function uniqueByName(outlets: readonly Outlet[]): Outlet[] {
  const seen = new Set<string>();
  return outlets.filter((outlet) => !seen.has(outlet.name) && seen.add(outlet.name));
}
