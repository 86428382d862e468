/** JSON as TypeScript sees it. */
export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | JsonValue[] | { [key: string]: JsonValue };

/** UTF-8 bytes of the value's JSON text. What has no JSON counts as `null`. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? 'null').length;
}

/**
 * What an object holds under a name that comes from outside. Plain objects inherit `constructor`, `toString` and `__proto__`,
 * so looking such a name up directly finds what nobody put there.
 */
export function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
