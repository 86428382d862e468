/**
 * Hooks and sleeps as steps: what is stored when one opens, and what the agent gets when it is over. Postgres decides when
 * that is.
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
    // A new release may word its questions differently while a person is still thinking about the answer.
    identity: null,
    open: (start) => {
      const id = newId('hook');
      const tokenHash = hookTokenHash(hookToken(hookSecret, id));
      return store.openHook(claim, start, { id, title, tokenHash, schema, timeoutMs });
    },
  });
  return parsed(name, options, payload);
}

/** Parses the payload, which applies defaults. It fits already, unless a new release changed the schema under the same name. */
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
    // A replay may compute a different duration; the original wake time counts.
    identity: null,
    open: (start) => store.openSleep(claim, start, milliseconds),
  });
}
