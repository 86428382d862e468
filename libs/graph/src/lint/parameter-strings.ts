/** Collects every text written into a node: its place, and what its parameter says about it. */

import type { JsonValue } from '#libs/contracts';
import { findNodeType } from '../catalog/catalog.js';
import type { ParameterSpec } from '../catalog/node-type.js';
import type { GraphNode } from '../graph-schema.js';

export interface PlacedText {
  readonly text: string;
  /** `parameters.headers.accept`, `parameters.cases[0].when`. */
  readonly path: string;
  /** The key or parameter name of the text; for the value of a `{ name, value }` pair, that name. */
  readonly key: string;
  /** Whether the whole text is one expression. */
  readonly isExpression: boolean;
  readonly verbatim: boolean;
  readonly perItem: boolean;
  readonly isCredential: boolean;
}

type Traits = Omit<PlacedText, 'text' | 'path' | 'key'>;

const PLAIN: Traits = { isExpression: false, verbatim: false, perItem: false, isCredential: false };

/**
 * Every text in a node's parameters, sorted by name at each level: a database may reorder keys, and the findings must not
 * depend on that.
 */
export function textsOf(node: GraphNode): PlacedText[] {
  const specs = findNodeType(node.type)?.parameters ?? [];
  const found: PlacedText[] = [];
  for (const [name, value] of sortedEntries(node.parameters)) {
    const spec = specs.find((candidate) => candidate.name === name);
    collect(value, `parameters.${name}`, name, spec, traitsOf(spec, PLAIN), found);
  }
  return found;
}

function traitsOf(spec: ParameterSpec | undefined, inherited: Traits): Traits {
  if (!spec) return inherited;
  return {
    isExpression: spec.type === 'expression',
    verbatim: spec.verbatim ?? inherited.verbatim,
    perItem: spec.perItem ?? inherited.perItem,
    isCredential: spec.type === 'credential',
  };
}

/** @param fields of an item of a list */
function collect(
  value: JsonValue,
  path: string,
  key: string,
  spec: ParameterSpec | undefined,
  traits: Traits,
  found: PlacedText[],
  fields: readonly ParameterSpec[] = [],
): void {
  const inner = { ...traits, isExpression: false };
  if (typeof value === 'string') {
    found.push({ text: value, path, key, ...traits });
  } else if (Array.isArray(value)) {
    const ofItems = spec?.items?.type === 'object' ? spec.items.fields : [];
    for (const [index, entry] of value.entries()) {
      collect(entry, `${path}[${index}]`, key, undefined, inner, found, ofItems);
    }
  } else if (value !== null && typeof value === 'object') {
    for (const [name, entry] of sortedEntries(value)) {
      const field = fields.find((candidate) => candidate.name === name);
      collect(entry, `${path}.${name}`, keyOf(name, value), field, traitsOf(field, inner), found);
    }
  }
}

function keyOf(name: string, pair: Readonly<Record<string, JsonValue>>): string {
  const named = pair.name ?? pair.key;
  return name === 'value' && typeof named === 'string' ? named : name;
}

function sortedEntries(value: Readonly<Record<string, JsonValue>>): [string, JsonValue][] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}
