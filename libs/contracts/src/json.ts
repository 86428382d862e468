export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | JsonValue[] | { [key: string]: JsonValue };

/** UTF-8 bytes of the value's JSON text. A value without a JSON form counts as `null`. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? 'null').length;
}

/**
 * The object's own value for a name from outside. Plain objects inherit `constructor`, `toString` and `__proto__`, so a
 * direct lookup of such a name finds something that nobody put there.
 */
export function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
