import type { JsonValue } from '#libs/contracts';
import type { NodeType, ParameterSpec } from '#libs/graph';
import type { NodeTypeObject, NodeTypeParameterObject } from './node-type.type.js';

function presentParameter(spec: ParameterSpec): NodeTypeParameterObject {
  return {
    name: spec.name,
    type: spec.type,
    required: spec.required,
    // The catalogue's readonly structures are plain JSON.
    requiredWhen: (spec.requiredWhen ?? null) as JsonValue,
    description: spec.description,
    values: spec.values ? [...spec.values] : null,
    default: spec.default ?? null,
    example: spec.example ?? null,
    items: (spec.items ?? null) as JsonValue,
  };
}

export function presentNodeType(type: NodeType): NodeTypeObject {
  return {
    type: type.type,
    kind: type.kind,
    category: type.category,
    title: type.title,
    description: type.description,
    docs: type.docs,
    icon: type.icon,
    keywords: [...type.keywords],
    branches: type.branches as JsonValue,
    parameters: type.parameters.map(presentParameter),
    outputs: type.outputs.map(({ name, description }) => ({ name, description })),
    loop: type.loop ?? false,
    terminal: type.terminal ?? false,
    entry: type.entry ?? false,
  };
}
