/** Hooks and sleeps, during which a run holds no worker: options, durations, schemas and tokens. */
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { HookId, JsonValue } from '#libs/contracts';
import { parseDuration } from '#libs/graph';
import { FatalError } from './errors.js';

/** Milliseconds, or text such as `90s`, `10m`, `1h30m`, `7d`. At most ten years. */
export type Duration = number | string;

export interface HookOptions<T> {
  /**
   * Schema of the answer. Answers are checked against its JSON Schema before the agent sees them, so what JSON Schema
   * cannot express (refinements, transforms, `trim` and similar, flags of a pattern, the protocol of a URL) is refused with
   * a `FatalError`: apply it to the answer instead.
   */
  schema: z.ZodType<T>;
  /** A short text that tells people what is asked. Default: the hook's name. */
  title?: string;
  /** How long the hook waits for an answer. Default: forever. */
  timeout?: Duration;
}

const LONGEST_MS = 3_650 * 86_400_000;

/** Whole milliseconds. Throws a `FatalError` when the text is not a duration or is out of range. */
export function durationMs(duration: Duration): number {
  const milliseconds = typeof duration === 'number' ? Math.round(duration) : parseDuration(duration);
  if (milliseconds === null || !(milliseconds >= 0 && milliseconds <= LONGEST_MS)) {
    throw new FatalError('STEP_FAILED', `"${duration}" is not a duration such as 90s, 10m or 7d.`);
  }
  return milliseconds;
}

/**
 * The JSON Schema that payloads are checked against before an agent sees them. Throws a `FatalError` if it would accept a
 * payload that the schema itself refuses, because nobody could then answer a second time.
 */
export function payloadSchema(name: string, schema: z.ZodType): JsonValue {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (saysMoreThanJsonSchema(zodSchema)) {
        const what = 'refines or transforms, or has a pattern with flags, or a URL with a protocol or a host';
        const message = `The schema of the hook "${name}" ${what}, which JSON Schema cannot say. Do it with the answer.`;
        throw new FatalError('STEP_FAILED', message);
      }
      sayOutright(jsonSchema);
    },
  });
  // A schema that cannot be read back would refuse every answer, so the run fails now, before anybody is asked.
  z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]);
  return json as JsonValue;
}

/** Kinds of checks that JSON Schema cannot express. */
const unsaid: ReadonlySet<string> = new Set(['custom', 'overwrite', 'property', 'properties']);

function saysMoreThanJsonSchema({ _zod: { def } }: z.core.$ZodTypes): boolean {
  const checks = def.checks?.map((check) => check._zod.def) ?? [];
  return def.type === 'pipe' || checks.some(({ check }) => unsaid.has(check)) || [def, ...checks].some(losesItsFormat);
}

/** JSON Schema keeps neither the flags of a pattern nor checks on parts of a URL. */
function losesItsFormat(def: object): boolean {
  const { pattern, protocol, hostname } = def as Partial<z.core.$ZodURLDef>;
  return /[imsuvy]/.test(pattern?.flags ?? '') || protocol !== undefined || hostname !== undefined;
}

/** Restates what Zod writes but does not read back: multiple patterns, and the required keys of a record. */
function sayOutright(json: z.core.JSONSchema.BaseSchema): void {
  const { type, allOf, required, properties, additionalProperties } = json;
  if (type === 'string') for (const part of allOf ?? []) part.type ??= type;
  if (!required || properties || additionalProperties === undefined) return;
  json.properties = Object.fromEntries(required.map((key) => [key, additionalProperties]));
}

/**
 * 43 URL-safe characters that cannot be guessed without the secret. They are derived from the secret and the hook's id, so
 * that no token is stored and the owner can be shown the address at any time.
 */
export function hookToken(secret: string, hookId: HookId): string {
  return createHmac('sha256', secret).update(`hook:${hookId}`).digest('base64url');
}

/** The stored form of a token. */
export function hookTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
