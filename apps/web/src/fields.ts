/** Reads JSON of unknown shape: half-written tool inputs, data parts of agents unknown to this page. */
import { ownValue } from '#libs/contracts';

export type Fields = Readonly<Record<string, unknown>>;

/** The value's fields; none when it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The first of these fields that is a non-empty text. */
export function textIn(fields: Fields, ...keys: string[]): string | null {
  for (const key of keys) {
    const value = ownValue(fields, key);
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return null;
}

export function numberIn(fields: Fields, key: string): number | null {
  const value = ownValue(fields, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
