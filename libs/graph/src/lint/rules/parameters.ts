/** Checks parameters: unknown types, missing values, wrong forms, unknown names. */

import type { JsonValue } from '#libs/contracts';
import { findNodeType, isRequired, nodeCatalog } from '../../catalog/catalog.js';
import type { ParameterSpec } from '../../catalog/node-type.js';
import { searchNodeTypes } from '../../catalog/search-node-types.js';
import type { GraphNode } from '../../graph-schema.js';
import { type LintContext, listOf, nameOf, shortPath } from '../graph-issue.js';
import { formProblem } from '../value-form.js';

export function checkParameters(context: LintContext): void {
  for (const node of context.graph.nodes) {
    const nodeType = findNodeType(node.type);
    if (nodeType) {
      checkObject(context, node, node.parameters, nodeType.parameters, 'parameters');
    } else {
      context.report(
        'UNKNOWN_NODE_TYPE',
        `${nameOf(node)} has the type "${node.type}", which is not in the catalogue. ${suggestTypes(node.type)}`,
        { nodeId: node.id },
      );
    }
  }
}

/** "Did you mean …?" for a type that does not exist. */
export function suggestTypes(type: string): string {
  const similar = searchNodeTypes(type.replaceAll(/[._]/g, ' '), 3).map((entry) => entry.type);
  if (similar.length > 0) return `Did you mean ${similar.join(' or ')}?`;
  return `Search the catalogue; types look like ${nodeCatalog[0]?.type}, logic.if or action.http.`;
}

function checkObject(
  context: LintContext,
  node: GraphNode,
  values: Readonly<Record<string, JsonValue>>,
  specs: readonly ParameterSpec[],
  path: string,
): void {
  for (const spec of specs) {
    const value = Object.hasOwn(values, spec.name) ? values[spec.name] : undefined;
    const place = { nodeId: node.id, path: `${path}.${spec.name}` };
    if (value === undefined || isBlank(value)) {
      if (isRequired(spec, specs, values) && spec.default === undefined) {
        context.report('MISSING_PARAMETER', missingMessage(node, spec, place.path), place);
      }
      continue;
    }
    const problem = formProblem(spec, value, context.template);
    if (problem) {
      context.report(
        'WRONG_PARAMETER_TYPE',
        `${nameOf(node)}: the parameter "${shortPath(place.path)}" ${problem}.`,
        place,
      );
    } else if (spec.type === 'list' && Array.isArray(value)) {
      checkItems(context, node, value, spec, place.path);
    }
  }
  for (const name of Object.keys(values)) {
    if (specs.some((spec) => spec.name === name)) continue;
    context.report(
      'UNKNOWN_PARAMETER',
      `${nameOf(node)}: "${shortPath(`${path}.${name}`)}" is not a parameter here and has no effect. Available: ${listOf(
        specs.map((spec) => spec.name),
        20,
      )}.`,
      { nodeId: node.id, path: `${path}.${name}` },
    );
  }
}

function checkItems(
  context: LintContext,
  node: GraphNode,
  values: readonly JsonValue[],
  spec: ParameterSpec,
  path: string,
): void {
  const { items } = spec;
  if (!items) return;
  for (const [index, entry] of values.entries()) {
    const itemPath = `${path}[${index}]`;
    if (typeof entry === 'string' && (items.type === 'string' || items.orString) && entry.trim() !== '') continue;
    if (items.type === 'object' && entry !== null && typeof entry === 'object' && !Array.isArray(entry)) {
      checkObject(context, node, entry, items.fields, itemPath);
      continue;
    }
    const expected =
      items.type === 'string'
        ? 'must be a text'
        : `must be an object with ${listOf(items.fields.map((field) => `"${field.name}"`))}`;
    context.report('WRONG_PARAMETER_TYPE', `${nameOf(node)}: "${shortPath(itemPath)}" ${expected}.`, {
      nodeId: node.id,
      path: itemPath,
    });
  }
}

function missingMessage(node: GraphNode, spec: ParameterSpec, path: string): string {
  const example = spec.example === undefined ? '' : ` Example: ${JSON.stringify(spec.example)}.`;
  return `${nameOf(node)}: the parameter "${shortPath(path)}" is missing. ${spec.description}${example}`;
}

function isBlank(value: JsonValue): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.length === 0;
}
