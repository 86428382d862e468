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

function collect(
  value: JsonValue,
  path: string,
  key: string,
  spec: ParameterSpec | undefined,
  traits: Traits,
  found: PlacedText[],
): void {
  if (typeof value === 'string') {
    found.push({ text: value, path, key, ...traits });
  } else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      collectItem(entry, `${path}[${index}]`, key, spec, traits, found);
    }
  } else if (value !== null && typeof value === 'object') {
    for (const [name, entry] of sortedEntries(value)) {
      collect(entry, `${path}.${name}`, keyOf(name, value), undefined, { ...traits, isExpression: false }, found);
    }
  }
}

function keyOf(name: string, pair: Readonly<Record<string, JsonValue>>): string {
  const named = pair.name ?? pair.key;
  return name === 'value' && typeof named === 'string' ? named : name;
}

function collectItem(
  entry: JsonValue,
  path: string,
  key: string,
  spec: ParameterSpec | undefined,
  traits: Traits,
  found: PlacedText[],
): void {
  const fields = spec?.items?.type === 'object' ? spec.items.fields : [];
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) {
    collect(entry, path, key, undefined, { ...traits, isExpression: false }, found);
    return;
  }
  for (const [name, value] of sortedEntries(entry)) {
    const field = fields.find((candidate) => candidate.name === name);
    const own = traitsOf(field, { ...traits, isExpression: false });
    collect(value, `${path}.${name}`, keyOf(name, entry), field, own, found);
  }
}

function sortedEntries(value: Readonly<Record<string, JsonValue>>): [string, JsonValue][] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}
