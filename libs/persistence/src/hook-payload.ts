/**
 * Validates answers to hooks: limits their size, checks them against the hook's JSON Schema, and returns them as the schema
 * parses them.
 */
import { z } from 'zod';
import { type JsonValue, limits } from '#libs/contracts';

export interface PayloadProblem {
  path: (string | number)[];
  message: string;
}

export type ReadPayload = { kind: 'fits'; payload: JsonValue } | { kind: 'invalid'; problems: PayloadProblem[] };

/** Maximum number of problems reported. */
const MAX_PROBLEMS = 20;

/** The payload with the schema's defaults and without unknown keys, or the reasons why it does not fit. */
export function readPayload(schema: JsonValue, payload: JsonValue): ReadPayload {
  // Must come first: everything after it walks the payload recursively.
  if (isDeeperThan(payload, limits.hookPayloadDepth)) {
    return refused(`The payload is nested deeper than ${limits.hookPayloadDepth} levels.`);
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > limits.hookPayloadBytes) {
    return refused(`The payload is larger than ${limits.hookPayloadBytes / 1024} KiB.`);
  }
  const { data, error } = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(payload);
  if (!error) return { kind: 'fits', payload: withKnownKeys(schema, data as JsonValue) };
  return {
    kind: 'invalid',
    problems: error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => ({
      path: path.map((key) => (typeof key === 'number' ? key : String(key))),
      message,
    })),
  };
}

function refused(message: string): ReadPayload {
  return { kind: 'invalid', problems: [{ path: [], message }] };
}

/** A scalar has no level, an empty object one. Looks no deeper than `levels`. */
function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((entry) => isDeeperThan(entry, levels - 1));
}

/**
 * For objects that drop unknown keys, its default, Zod writes no `additionalProperties`; read back, such a JSON Schema
 * keeps those keys. Where a schema says more than properties and items, everything is kept.
 */
function withKnownKeys(schema: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isObject(schema) || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => withKnownKeys(schema.items, entry));
  const { properties, additionalProperties } = schema;
  if (!isObject(properties)) return value;
  const entries = Object.entries(value).filter(
    ([key]) => additionalProperties !== undefined || Object.hasOwn(properties, key),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, withKnownKeys(ownOf(properties, key), entry)]));
}

function ownOf(properties: { [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
