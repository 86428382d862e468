import type { JsonValue } from '#libs/contracts';
import type { NodeType, ParameterSpec } from '#libs/graph';
import type { NodeTypeObject, NodeTypeParameterObject } from './node-type.type.js';

function presentParameter(spec: ParameterSpec): NodeTypeParameterObject {
  return {
    ...spec,
    // The catalogue's readonly structures are plain JSON.
    requiredWhen: (spec.requiredWhen ?? null) as JsonValue,
    items: (spec.items ?? null) as JsonValue,
    values: spec.values ?? null,
    default: spec.default ?? null,
    example: spec.example ?? null,
  };
}

export function presentNodeType({ loop = false, terminal = false, entry = false, ...type }: NodeType): NodeTypeObject {
  const parameters = type.parameters.map(presentParameter);
  return { ...type, branches: type.branches as JsonValue, parameters, loop, terminal, entry };
}
