/**
 * When a node goes, expressions that read from it must not stay. Owns what they read instead; never touches other nodes.
 */
import { findNodeType, type JsonValue } from '#libs/graph';
import type { Draft } from './draft.js';
import { factsAt } from './graph-walk.js';
import type { GraphView, NodeChange, Parameters, PlannedNode } from './plan.js';

/** A change for each remaining node that refers to the removed one, or to the loop that it was. */
export function healReferences(removed: PlannedNode, before: GraphView, left: GraphView, draft: Draft): NodeChange[] {
  const reference = new RegExp(`nodes(?:\\.${removed.id}|\\[["']${removed.id}["']\\])\\b`, 'u');
  const replacement = draft.nodes.at(-1);
  const looped = removed.type === 'logic.forEach' ? insideLoop(removed, before) : new Set<string>();
  return left.nodes.flatMap((node) => {
    const facts = factsAt([...left.edges.filter((edge) => edge.target === node.id), ...draft.tails], {
      nodes: [...left.nodes, ...draft.nodes],
      edges: [...left.edges, ...draft.edges],
    });
    const refers = reference.test(JSON.stringify(node.parameters));
    const wasInLoop = looped.has(node.id) && facts.base !== 'item';
    if (!refers && !wasInLoop) return [];
    const sameKind = replacement !== undefined && replacement.type === removed.type ? replacement.id : undefined;
    const field = (name: string) => facts.field(name);
    const parameters: Parameters = {};
    for (const [name, value] of Object.entries(node.parameters)) {
      const whole = expressionsOf(node.type).has(name);
      const outside = wasInLoop ? mapStrings(value, (text) => withoutItem(text, whole, facts.text, field)) : value;
      const next = refers
        ? mapStrings(outside, (text) => healed(text, removed.id, sameKind, facts.text, field))
        : outside;
      if (JSON.stringify(next) !== JSON.stringify(value)) parameters[name] = next;
    }
    return Object.keys(parameters).length > 0 ? [{ id: node.id, parameters }] : [];
  });
}

/** A change for each node that reads from what no longer comes before it, or from the item of a loop that it left. */
export function healOrder(before: GraphView, after: GraphView): NodeChange[] {
  const loops = before.nodes.filter(({ type }) => type === 'logic.forEach');
  const looped = new Set(loops.flatMap((loop) => [...insideLoop(loop, before)]));
  return after.nodes.flatMap((node) => {
    const incoming = after.edges.filter((edge) => edge.target === node.id);
    const facts = factsAt(incoming, after);
    const known = earlier(node, after);
    const lost = after.nodes.filter(({ id }) => !known.has(id) && earlier(node, before).has(id));
    const leftLoop = looped.has(node.id) && facts.base !== 'item';
    const field = (name: string) => facts.field(name);
    const parameters: Parameters = {};
    for (const [name, value] of Object.entries(node.parameters)) {
      const whole = expressionsOf(node.type).has(name);
      let next = leftLoop ? mapStrings(value, (text) => withoutItem(text, whole, facts.text, field)) : value;
      for (const { id } of lost) next = mapStrings(next, (text) => healed(text, id, undefined, facts.text, field));
      if (JSON.stringify(next) !== JSON.stringify(value)) parameters[name] = next;
    }
    return Object.keys(parameters).length > 0 ? [{ id: node.id, parameters }] : [];
  });
}

/** Ids of everything that comes before a node. */
function earlier(node: PlannedNode, { edges }: GraphView): Set<string> {
  const found = new Set<string>();
  const queue = edges.filter((edge) => edge.target === node.id);
  for (const { source } of queue) {
    if (found.has(source)) continue;
    found.add(source);
    queue.push(...edges.filter((edge) => edge.target === source));
  }
  return found;
}

/** What is done for each item, and not after the loop. */
function insideLoop(loop: PlannedNode, { edges }: GraphView): Set<string> {
  const inside = new Set<string>();
  const queue = edges.filter((edge) => edge.source === loop.id && edge.branch === 'each');
  for (const { target } of queue) {
    if (inside.has(target) || target === loop.id) continue;
    inside.add(target);
    queue.push(...edges.filter((edge) => edge.source === target));
  }
  return inside;
}

/** Names of the parameters whose whole text is an expression. */
function expressionsOf(type: string): Set<string> {
  const parameters = findNodeType(type)?.parameters ?? [];
  return new Set(parameters.filter((parameter) => parameter.type === 'expression').map(({ name }) => name));
}

function mapStrings(value: JsonValue, map: (text: string) => string): JsonValue {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapStrings(entry as JsonValue, map)]));
}

/** Outside of every loop there is no `item` and no `index`. */
function withoutItem(value: string, whole: boolean, text: string, field: (name: string) => string): string {
  const inExpression = (expression: string) =>
    expression
      .replace(/(?<![\w.'"])item((?:\.\w+)*)/gu, (_match, rest: string) => field(rest.split('.').at(-1) || 'value'))
      .replace(/(?<![\w.'"])index\b/gu, '0');
  if (whole) return inExpression(value);
  return value
    .replace(/\{\{\s*(?:toJson\()?item\)?\s*\}\}/gu, () => text)
    .replace(/\{\{[^}]*\}\}/gu, (template) => inExpression(template));
}

function healed(
  value: string,
  id: string,
  sameKind: string | undefined,
  text: string,
  field: (name: string) => string,
): string {
  if (sameKind !== undefined) return value.replaceAll(`nodes.${id}.`, `nodes.${sameKind}.`);
  const whole = new RegExp(`\\{\\{\\s*(?:toJson\\()?nodes\\.${id}(?:\\.\\w+)*\\)?\\s*\\}\\}`, 'gu');
  const path = new RegExp(`nodes\\.${id}((?:\\.\\w+)*)`, 'gu');
  return value
    .replace(whole, () => text)
    .replace(path, (_match, rest: string) => field(rest.split('.').at(-1) || 'value'));
}
