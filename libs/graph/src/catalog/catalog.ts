/** The catalogue: every node type, in browsing order. Its entries are data, checked against `NodeType` by catalog.spec.ts. */
import type { JsonValue } from '#libs/contracts';
import ai from './ai.json' with { type: 'json' };
import business from './business.json' with { type: 'json' };
import control from './control.json' with { type: 'json' };
import data from './data.json' with { type: 'json' };
import logic from './logic.json' with { type: 'json' };
import messaging from './messaging.json' with { type: 'json' };
import type { NodeType, ParameterSpec } from './node-type.js';
import triggers from './triggers.json' with { type: 'json' };

export const nodeCatalog = [
  ...triggers,
  ...logic,
  ...control,
  ...ai,
  ...messaging,
  ...data,
  ...business,
] as readonly NodeType[];

const byType: ReadonlyMap<string, NodeType> = new Map(nodeCatalog.map((entry) => [entry.type, entry]));

/** The catalogue entry of exactly this type, or `undefined`. */
export function findNodeType(type: string): NodeType | undefined {
  return byType.get(type);
}

/** The effective value of a parameter: the node's own, else the default, else `undefined`. */
export function effectiveParameter(
  spec: ParameterSpec,
  parameters: Readonly<Record<string, JsonValue>>,
): JsonValue | undefined {
  const given = Object.hasOwn(parameters, spec.name) ? parameters[spec.name] : undefined;
  return given === undefined || given === null ? spec.default : given;
}

/** Whether a parameter is required, given the other parameters of the same node. */
export function isRequired(
  spec: ParameterSpec,
  siblings: readonly ParameterSpec[],
  parameters: Readonly<Record<string, JsonValue>>,
): boolean {
  if (spec.required) return true;
  const rule = spec.requiredWhen;
  const decider = rule && siblings.find((sibling) => sibling.name === rule.parameter);
  if (!rule || !decider) return false;
  const value = effectiveParameter(decider, parameters);
  return typeof value === 'string' && rule.in.includes(value);
}

/**
 * Parameters that pass the linter for a node of this type: the examples of all required ones, and defaults for the rest. A
 * starting point for people, models and tests.
 */
export function exampleParameters(nodeType: NodeType): Record<string, JsonValue> {
  return Object.fromEntries(
    nodeType.parameters.flatMap((spec): [string, JsonValue][] =>
      spec.example !== undefined && isRequired(spec, nodeType.parameters, {})
        ? [[spec.name, structuredClone(spec.example)]]
        : [],
    ),
  );
}
