/**
 * The worker's settings: the only file of this app that reads `process.env`, once empty addresses are out of it.
 */
import './empty-addresses.js';
import { z } from 'zod';
import { chooseModel, type ModelChoice, mayStartCold } from '#libs/agents';
import { FLAG_RULE, parseFlag, withoutEmptySettings } from '#libs/contracts';
import { timings } from '#libs/engine';
import {
  parseRedisAddress,
  REDIS_ADDRESS_RULE,
  REDIS_PREFIX_PATTERN,
  REDIS_PREFIX_RULE,
  type RedisEndpoint,
} from '#libs/stream';

const flag = z.string().transform((text, context) => {
  const value = parseFlag(text);
  if (value !== null) return value;
  context.addIssue({ code: 'custom', message: FLAG_RULE });
  return z.NEVER;
});
const webAddress = (example: string) =>
  z.url({ protocol: /^https?$/, error: `must be an address that starts with http:// or https://, such as ${example}` });
const someSeconds = (max: number) => z.coerce.number().positive().max(max);
const seconds = (max: number, defaultMs: number) => someSeconds(max).default(defaultMs / 1_000);

const days = z.coerce.number().positive().max(36_500);

const environmentSchema = z.object({
  HOLDFAST_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://'),
  HOLDFAST_REDIS_URL: z.string().refine((text) => parseRedisAddress(text) !== undefined, REDIS_ADDRESS_RULE),
  HOLDFAST_REDIS_PREFIX: z.string().regex(REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE).default(''),
  HOLDFAST_REDIS_CA_FILE: z.string().optional(),
  HOLDFAST_HEALTH_FILE: z.string().optional(),
  HOLDFAST_SERVICE_TOKEN: z.string().min(16, 'must have at least 16 characters'),
  HOLDFAST_HOOK_KEY: z.string().min(16, 'must have at least 16 characters'),
  HOLDFAST_API_URL: z
    .string()
    .default('http://127.0.0.1:4000')
    .transform((text) => text.split(',').map((address) => address.trim()))
    .pipe(z.array(webAddress('http://127.0.0.1:4000'))),
  HOLDFAST_MODEL: z.string().min(1).default('gpt-5.4'),
  HOLDFAST_MODEL_API: z.enum(['responses', 'chat']).optional(),
  HOLDFAST_MODEL_CONNECT_SECONDS: seconds(300, timings.modelConnectMs),
  HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: someSeconds(3_600).optional(),
  HOLDFAST_MODEL_IDLE_SECONDS: seconds(3_600, timings.modelIdleMs),
  HOLDFAST_MODEL_TOTAL_SECONDS: seconds(7_200, timings.modelTotalMs),
  OPENAI_API_KEY: z.string().default(''),
  OPENAI_BASE_URL: webAddress('http://127.0.0.1:11434/v1').optional(),
  ANTHROPIC_API_KEY: z.string().default(''),
  ANTHROPIC_BASE_URL: webAddress('https://api.anthropic.com/v1').optional(),
  GOOGLE_GENERATIVE_AI_API_KEY: z.string().default(''),
  GOOGLE_GENERATIVE_AI_BASE_URL: webAddress('https://generativelanguage.googleapis.com/v1beta').optional(),
  HOLDFAST_SIMULATED: flag.default(false),
  HOLDFAST_AIRLINE_URL: webAddress('http://127.0.0.1:4010').optional(),
  HOLDFAST_APPROVAL_SECONDS: z.coerce.number().positive().max(31_536_000).default(604_800),
  HOLDFAST_WORKER_LEASE_SECONDS: z.coerce
    .number()
    .min(2)
    .max(300)
    .default(timings.leaseMs / 1_000),
  HOLDFAST_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(500).default(20),
  HOLDFAST_RETENTION_HISTORY_DAYS: days.optional(),
  HOLDFAST_RETENTION_REVISIONS_DAYS: days.optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOLDFAST_LOG_FORMAT: z.enum(['pretty', 'json']).default('json'),
});

type GivenEnvironment = z.infer<typeof environmentSchema>;

export type WorkerEnvironment = Required<Pick<GivenEnvironment, 'HOLDFAST_MODEL_FIRST_CHUNK_SECONDS'>> &
  GivenEnvironment;

/** Injection token of the validated settings. */
export const WORKER_ENVIRONMENT = Symbol('WORKER_ENVIRONMENT');

/** An empty value counts as absent. Throws an error whose message names every setting that is missing or wrong, one a line. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  const parsed = environmentSchema.safeParse(withoutEmptySettings(source));
  const lines = parsed.success
    ? missingKeyOf(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);
  if (parsed.success && lines.length === 0) return withDefaultsOfModel(parsed.data);
  throw new Error(`The worker's settings are not complete:\n${lines.join('\n')}`);
}

/** Where Redis is. */
export function redisEndpointOf(environment: WorkerEnvironment): RedisEndpoint {
  return { url: environment.HOLDFAST_REDIS_URL, caFile: environment.HOLDFAST_REDIS_CA_FILE ?? null };
}

/** The model that the settings name. */
export function modelChoiceOf(environment: GivenEnvironment): ModelChoice {
  return chooseModel({
    model: environment.HOLDFAST_MODEL,
    api: environment.HOLDFAST_MODEL_API,
    simulated: environment.HOLDFAST_SIMULATED,
    openai: { apiKey: environment.OPENAI_API_KEY, baseUrl: environment.OPENAI_BASE_URL ?? null },
    anthropic: { apiKey: environment.ANTHROPIC_API_KEY, baseUrl: environment.ANTHROPIC_BASE_URL ?? null },
    google: {
      apiKey: environment.GOOGLE_GENERATIVE_AI_API_KEY,
      baseUrl: environment.GOOGLE_GENERATIVE_AI_BASE_URL ?? null,
    },
  });
}

/** OpenAI's may be absent: servers of one's own want none. */
function missingKeyOf(given: GivenEnvironment): string[] {
  const { provider, access } = modelChoiceOf(given);
  if (access.apiKey !== '' || (provider !== 'anthropic' && provider !== 'google')) return [];
  const name = provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'GOOGLE_GENERATIVE_AI_API_KEY';
  return [`  ${name}: is needed for the model ${given.HOLDFAST_MODEL}`];
}

function withDefaultsOfModel(given: GivenEnvironment): WorkerEnvironment {
  const firstChunkMs = mayStartCold(modelChoiceOf(given)) ? timings.coldModelFirstChunkMs : timings.modelFirstChunkMs;
  return {
    ...given,
    HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: given.HOLDFAST_MODEL_FIRST_CHUNK_SECONDS ?? firstChunkMs / 1_000,
  };
}
