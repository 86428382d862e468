/**
 * When a node goes, expressions that read from it must not stay. Owns what they read instead; never touches other nodes.
 */
import type { JsonValue } from '#libs/graph';
import type { Draft } from './draft.js';
import { factsAt } from './graph-walk.js';
import type { GraphView, NodeChange, Parameters, PlannedNode } from './plan.js';

/** A change for each remaining node that refers to the removed one. */
export function healReferences(removed: PlannedNode, left: GraphView, draft: Draft): NodeChange[] {
  const reference = new RegExp(`nodes(?:\\.${removed.id}|\\[["']${removed.id}["']\\])\\b`, 'u');
  const replacement = draft.nodes.at(-1);
  return left.nodes.flatMap((node) => {
    if (!reference.test(JSON.stringify(node.parameters))) return [];
    const facts = factsAt([...left.edges.filter((edge) => edge.target === node.id), ...draft.tails], {
      nodes: [...left.nodes, ...draft.nodes],
      edges: [...left.edges, ...draft.edges],
    });
    const sameKind = replacement !== undefined && replacement.type === removed.type ? replacement.id : undefined;
    const parameters: Parameters = {};
    for (const [name, value] of Object.entries(node.parameters)) {
      if (reference.test(JSON.stringify(value)))
        parameters[name] = healed(value, removed.id, sameKind, facts.text, (field) => facts.field(field));
    }
    return [{ id: node.id, parameters }];
  });
}

function healed(
  value: JsonValue,
  id: string,
  sameKind: string | undefined,
  text: string,
  field: (name: string) => string,
): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => healed(entry, id, sameKind, text, field));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, healed(entry as JsonValue, id, sameKind, text, field)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (sameKind !== undefined) return value.replaceAll(`nodes.${id}.`, `nodes.${sameKind}.`);
  const whole = new RegExp(`\\{\\{\\s*(?:toJson\\()?nodes\\.${id}(?:\\.\\w+)*\\)?\\s*\\}\\}`, 'gu');
  const path = new RegExp(`nodes\\.${id}((?:\\.\\w+)*)`, 'gu');
  return value
    .replace(whole, () => text)
    .replace(path, (_match, rest: string) => field(rest.split('.').at(-1) || 'value'));
}
