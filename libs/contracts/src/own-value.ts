/**
 * What an object holds under a name that comes from outside. Plain objects inherit `constructor`, `toString` and `__proto__`,
 * so looking such a name up directly finds what nobody put there.
 */
export function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
