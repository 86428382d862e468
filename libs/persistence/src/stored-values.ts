/**
 * How values are written into columns. Owns the escaping that lets any JavaScript text stand in Postgres, and the column
 * transformers; never decides what is stored.
 *
 * Postgres refuses NUL in text and jsonb, and lone surrogates in jsonb. Both come out of models: a delta may end in the
 * middle of an emoji. Such code units are stored as U+E0FF followed by four hex digits, and U+E0FF itself alike, so
 * that every string is read back exactly as it was given. Columns of type json would take them; one way is enough.
 */
import type { ValueTransformer } from 'typeorm';

const MARK = '\uE0FF';
// Code units, not characters (no `u` flag): the look-arounds spare the two halves of a whole pair.
const unstorable = /[\0\uE0FF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const escaped = /\uE0FF([0-9a-f]{4})/g;

/** The storable spelling of any text; the text itself when nothing has to be escaped. */
export function escapeText(text: string): string {
  return text.replace(unstorable, (unit) => MARK + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** The text that `escapeText` was given. */
export function unescapeText(text: string): string {
  if (!text.includes(MARK)) return text;
  return text.replace(escaped, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Applies `change` to every string and key. Parts without a change are returned as they are, not copied. */
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

/** A `JsonValue` in an entity. TypeORM's types would unfold the recursive type without end. */
export type JsonColumn = unknown;

/** A value for a column of JSON. TypeORM's input types take apart what is stored whole, and refuse unions of chunks. */
export function storable<T>(value: T): never {
  return value as never;
}

/** Values of ours for an `IN` of a statement: `('A', 'B')`. */
export const sqlList = (values: readonly string[]) => `(${values.map((value) => `'${value}'`).join(', ')})`;

/** The database's clock at this very moment, so that times agree however many machines write. */
export const databaseNow = () => 'clock_timestamp()';

/** That long from now by the database's clock. Milliseconds are numbers of ours, so they can stand in the statement. */
export const inMilliseconds = (duration: number) => () =>
  `clock_timestamp() + ${Math.round(duration)} * interval '1 millisecond'`;
