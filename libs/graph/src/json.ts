/** What counts as a JSON value inside a graph, and its limits. Values arrive as JavaScript data, not as text. */
import type { JsonValue } from '#libs/contracts';

/** Deeper nesting is refused, so that no later recursion over parameters can exhaust the stack. */
export const MAX_JSON_DEPTH = 24;

// Postgres refuses both in jsonb: the NUL character and unpaired surrogates.
const UNSTORABLE_TEXT = /\0|\p{Cs}/u;

/**
 * Why `value` cannot be stored as JSON, as the end of a sentence, or `null` when it can. Refuses what JSON.stringify would
 * silently change: undefined, functions, NaN, dates, class instances.
 */
export function jsonProblem(value: unknown, depth = 0): string | null {
  if (depth > MAX_JSON_DEPTH) return `is nested deeper than ${MAX_JSON_DEPTH} levels`;
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'contains a number that JSON cannot hold';
  if (typeof value === 'string') return textProblem(value);
  if (typeof value !== 'object') return `contains a ${typeof value}, which JSON cannot hold`;
  if (Array.isArray(value)) return firstProblem(value, depth);

  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'contains an object that is not plain JSON';
  for (const key of Object.keys(value)) {
    const problem = textProblem(key);
    if (problem) return problem;
  }
  return firstProblem(Object.values(value), depth);
}

/** Structural equality of two JSON values; the order of object keys does not matter. */
export function sameJson(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((value, index) => sameJson(value, right[index] ?? null));
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    const other = Object.hasOwn(right, key) ? right[key] : undefined;
    const own = Object.hasOwn(left, key) ? left[key] : undefined;
    return own !== undefined && other !== undefined && sameJson(own, other);
  });
}

function textProblem(text: string): string | null {
  return UNSTORABLE_TEXT.test(text)
    ? 'contains a character that cannot be stored (NUL or half a surrogate pair)'
    : null;
}

function firstProblem(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const problem = jsonProblem(value, depth + 1);
    if (problem) return problem;
  }
  return null;
}
