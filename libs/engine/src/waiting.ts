/**
 * Hooks and sleeps as steps: what is stored when one opens, and what an agent is given when it is over. Whether it is over is
 * decided in Postgres.
 */
import { type JsonValue, newId } from '#libs/contracts';
import { FatalError } from './errors.js';
import { type Duration, durationMs, type HookOptions, hookToken, hookTokenHash, payloadSchema } from './hook.js';
import type { AttemptEnvironment } from './step-runner.js';

export async function waitForHook<T>(
  { claim, store, steps, hookSecret }: AttemptEnvironment,
  name: string,
  options: HookOptions<T>,
): Promise<T> {
  const schema = payloadSchema(name, options.schema);
  const title = options.title ?? name;
  const timeoutMs = options.timeout === undefined ? null : durationMs(options.timeout);
  const payload = await steps.wait({
    name,
    kind: 'HOOK',
    input: { title, schema, timeoutMs },
    // A new release may word its questions differently while somebody thinks about the answer.
    identity: null,
    open: (start) => {
      const id = newId('hook');
      const tokenHash = hookTokenHash(hookToken(hookSecret, id));
      return store.openHook(claim, start, { id, title, tokenHash, schema, timeoutMs });
    },
  });
  return parsed(name, options, payload);
}

/** Parsing applies defaults. The payload fits already, unless a new release asks for something else under the same name. */
function parsed<T>(name: string, { schema }: HookOptions<T>, payload: JsonValue): T {
  const result = schema.safeParse(payload);
  if (!result.success) throw new FatalError('STEP_FAILED', `The answer to "${name}" cannot be used.`);
  return result.data;
}

export async function sleep({ claim, store, steps }: AttemptEnvironment, duration: Duration): Promise<void> {
  const milliseconds = durationMs(duration);
  await steps.wait({
    name: 'sleep',
    kind: 'SLEEP',
    input: { milliseconds },
    // Computed durations may differ in a replay; the wake time of the first is what counts.
    identity: null,
    open: (start) => store.openSleep(claim, start, milliseconds),
  });
}
