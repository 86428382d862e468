/**
 * A short, stable name for what a step was asked to do, so that a replay notices a swap. Owns the canonical form.
 */
import { createHash } from 'node:crypto';

/** The same for values that are equal as JSON, whatever the order of their keys: older rows do not keep it. */
export function inputHash(value: unknown): string {
  const plain: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
  return createHash('sha256')
    .update(JSON.stringify(sorted(plain)))
    .digest('hex')
    .slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}
