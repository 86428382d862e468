/**
 * How values are written into columns: the escaping that lets Postgres store any JavaScript text, and column transformers.
 *
 * Postgres refuses NUL in text and jsonb, and lone surrogates in jsonb. Models produce both: a delta may end in the middle
 * of an emoji. Such code units are stored as U+E0FF followed by four hex digits, and U+E0FF itself is escaped in the same
 * way, so that every string is read back exactly as it was written. Columns of type json would accept lone surrogates, but
 * use the same escaping.
 */
import type { ValueTransformer } from 'typeorm';

const MARK = '\uE0FF';
// Code units, not characters (no `u` flag): the look-arounds spare the two halves of a valid pair.
const unstorable = /[\0\uE0FF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const escaped = /\uE0FF([0-9a-f]{4})/g;

/** The storable form of any text; the text itself when nothing has to be escaped. */
export function escapeText(text: string): string {
  return text.replace(unstorable, (unit) => MARK + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** Reverses `escapeText`. */
export function unescapeText(text: string): string {
  if (!text.includes(MARK)) return text;
  return text.replace(escaped, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Applies `change` to every string and key. Unchanged parts are returned as they are, not copied. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) {
    const mapped = value.map((entry) => mapStrings(entry, change));
    return mapped.some((entry, index) => entry !== value[index]) ? mapped : value;
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    let changed = false;
    const entries = Object.entries(value).map(([key, entry]): [string, unknown] => {
      const mappedKey = change(key);
      const mapped = mapStrings(entry, change);
      changed ||= mappedKey !== key || mapped !== entry;
      return [mappedKey, mapped];
    });
    return changed ? Object.fromEntries(entries) : value;
  }
  return value;
}

/** For json and jsonb columns. */
export const storedJson: ValueTransformer = {
  to: (value: unknown) => mapStrings(value, escapeText),
  from: (value: unknown) => mapStrings(value, unescapeText),
};

/** For text columns that hold what people or models wrote. */
export const storedText: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'string' ? escapeText(value) : value),
  from: (value: unknown) => (typeof value === 'string' ? unescapeText(value) : value),
};

/** For bigint columns that stay far below 2^53: epochs and sequence numbers. */
export const storedInteger: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
};

/** A `JsonValue` in an entity. TypeORM's types would expand the recursive type infinitely. */
export type JsonColumn = unknown;

/** A value for a JSON column. TypeORM's input types would apply to its inner structure, and refuse unions of chunks. */
export function storable<T>(value: T): never {
  return value as never;
}

/** Our own constants for `IN` in a statement: `('A', 'B')`. */
export const sqlList = (values: readonly string[]) => `(${values.map((value) => `'${value}'`).join(', ')})`;

/** The database's clock at this moment, so that times agree across machines. */
export const databaseNow = () => 'clock_timestamp()';

/** This long from now, by the database's clock. The number is inlined, which is safe because it never comes from outside. */
export const inMilliseconds = (duration: number) => () =>
  `clock_timestamp() + ${Math.round(duration)} * interval '1 millisecond'`;
