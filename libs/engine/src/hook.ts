/**
 * What an agent may wait for without holding a worker. Owns the options of hooks and sleeps and how durations are read.
 */
import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { parseDuration } from '#libs/graph';
import { FatalError } from './errors.js';

/** Milliseconds, or text such as `90s`, `10m`, `1h30m`, `7d`. At most ten years. */
export type Duration = number | string;

export interface HookOptions<T> {
  /**
   * What an answer must look like. Answers are checked against its JSON Schema before the agent sees them, so what JSON Schema
   * cannot say (refinements, transforms, `trim` and the like) is refused with a `FatalError`: do it with the answer.
   */
  schema: z.ZodType<T>;
  /** What is asked for, as a short text for people. Default: the hook's name. */
  title?: string;
  /** How long the hook waits for an answer. Default: for ever. */
  timeout?: Duration;
}

const LONGEST_MS = 3_650 * 86_400_000;

/** Whole milliseconds. Throws a `FatalError` when the text is no duration or the time is out of bounds. */
export function durationMs(duration: Duration): number {
  const milliseconds = typeof duration === 'number' ? Math.round(duration) : parseDuration(duration);
  if (milliseconds === null || !(milliseconds >= 0 && milliseconds <= LONGEST_MS)) {
    throw new FatalError('STEP_FAILED', `"${duration}" is not a duration such as 90s, 10m or 7d.`);
  }
  return milliseconds;
}

/**
 * The JSON Schema that payloads are checked against before an agent sees them. Throws a `FatalError` when it would let a
 * payload pass that the schema itself refuses: nobody could answer a second time.
 */
export function payloadSchema(name: string, schema: z.ZodType): JsonValue {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema }) => {
      if (!saysMoreThanJsonSchema(zodSchema)) return;
      const message = `The schema of the hook "${name}" refines or transforms, which JSON Schema cannot say. Do it with the answer.`;
      throw new FatalError('STEP_FAILED', message);
    },
  });
  // A schema that cannot be read back would refuse every answer; the run fails now, before anybody is asked.
  z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]);
  return json as JsonValue;
}

function saysMoreThanJsonSchema({ _zod: { def } }: z.core.$ZodTypes): boolean {
  const checks = def.checks?.map((check) => check._zod.def.check) ?? [];
  return def.type === 'pipe' || checks.includes('custom') || checks.includes('overwrite');
}
