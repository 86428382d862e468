/**
 * The worker's settings: the only file of this app that reads `process.env`.
 */
import { z } from 'zod';
import { FLAG_RULE, parseFlag, withoutEmptySettings } from '#libs/contracts';
import { timings } from '#libs/engine';

// The AI SDK makes a provider of its own when it is imported, and does not take an empty address for an absent one. Docker
// Compose hands one over where only a key is set.
if (process.env.OPENAI_BASE_URL === '') delete process.env.OPENAI_BASE_URL;

const flag = z.string().transform((text, context) => {
  const value = parseFlag(text);
  if (value !== null) return value;
  context.addIssue({ code: 'custom', message: FLAG_RULE });
  return z.NEVER;
});
const webAddress = (example: string) =>
  z.url({ protocol: /^https?$/, error: `must be an address that starts with http:// or https://, such as ${example}` });
const seconds = (max: number, defaultMs: number) =>
  z.coerce
    .number()
    .positive()
    .max(max)
    .default(defaultMs / 1_000);

const environmentSchema = z.object({
  HOLDFAST_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://'),
  HOLDFAST_REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must start with redis:// or rediss://'),
  HOLDFAST_SERVICE_TOKEN: z.string().min(16, 'must have at least 16 characters'),
  HOLDFAST_API_URL: webAddress('http://127.0.0.1:4000').default('http://127.0.0.1:4000'),
  HOLDFAST_MODEL: z.string().min(1).default('gpt-5.4'),
  HOLDFAST_MODEL_API: z.enum(['responses', 'chat']).default('responses'),
  HOLDFAST_MODEL_CONNECT_SECONDS: seconds(300, timings.modelConnectMs),
  HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: seconds(3_600, timings.modelFirstChunkMs),
  HOLDFAST_MODEL_IDLE_SECONDS: seconds(3_600, timings.modelIdleMs),
  HOLDFAST_MODEL_TOTAL_SECONDS: seconds(7_200, timings.modelTotalMs),
  OPENAI_API_KEY: z.string().default(''),
  OPENAI_BASE_URL: webAddress('http://127.0.0.1:11434/v1').optional(),
  HOLDFAST_SIMULATED: flag.default(false),
  HOLDFAST_AIRLINE_URL: webAddress('http://127.0.0.1:4010').optional(),
  HOLDFAST_APPROVAL_SECONDS: z.coerce.number().positive().max(31_536_000).default(604_800),
  HOLDFAST_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(500).default(20),
  HOLDFAST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOLDFAST_LOG_FORMAT: z.enum(['pretty', 'json']).default('json'),
});

export type WorkerEnvironment = z.infer<typeof environmentSchema>;

/** Injection token of the validated settings. */
export const WORKER_ENVIRONMENT = Symbol('WORKER_ENVIRONMENT');

/** An empty value counts as absent. Throws an error whose message names every setting that is missing or wrong, one a line. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  const parsed = environmentSchema.safeParse(withoutEmptySettings(source));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The worker's settings are not complete:\n${lines.join('\n')}`);
}
