/** The worker's settings: the only file of this app that reads `process.env`. Empty model addresses are removed first. */
import './empty-addresses.js';
import { z } from 'zod';
import { chooseModel, type ModelChoice, mayStartCold } from '#libs/agents';
import { flagWords, withoutEmptySettings } from '#libs/contracts';
import { timings } from '#libs/engine';
import { parseRedisAddress, REDIS_ADDRESS_RULE, REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE } from '#libs/stream';

/** Injection token of the parsed environment. */
export const WORKER_ENVIRONMENT = Symbol('WORKER_ENVIRONMENT');

const flag = z.string().trim().pipe(z.stringbool(flagWords));
const webAddress = (example: string) =>
  z.url({ protocol: /^https?$/, error: `must be an address that starts with http:// or https://, such as ${example}` });
/** Seconds in the setting, milliseconds here. */
const seconds = (min: number, max: number) =>
  z.coerce
    .number()
    .min(min)
    .max(max)
    .transform((value) => value * 1_000);
const days = z.coerce.number().positive().max(36_500);

const schema = z.object({
  HOLDFAST_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://'),
  HOLDFAST_REDIS_URL: z.string().refine((text) => parseRedisAddress(text) !== undefined, REDIS_ADDRESS_RULE),
  HOLDFAST_REDIS_PREFIX: z.string().regex(REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE).optional(),
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
  HOLDFAST_MODEL_CONNECT_SECONDS: seconds(0.001, 300).optional(),
  HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: seconds(0.001, 3_600).optional(),
  HOLDFAST_MODEL_IDLE_SECONDS: seconds(0.001, 3_600).optional(),
  HOLDFAST_MODEL_TOTAL_SECONDS: seconds(0.001, 7_200).optional(),
  OPENAI_API_KEY: z.string().default(''),
  OPENAI_BASE_URL: webAddress('http://127.0.0.1:11434/v1').optional(),
  ANTHROPIC_API_KEY: z.string().default(''),
  ANTHROPIC_BASE_URL: webAddress('https://api.anthropic.com/v1').optional(),
  GOOGLE_GENERATIVE_AI_API_KEY: z.string().default(''),
  GOOGLE_GENERATIVE_AI_BASE_URL: webAddress('https://generativelanguage.googleapis.com/v1beta').optional(),
  HOLDFAST_SIMULATED: flag.default(false),
  HOLDFAST_AIRLINE_URL: webAddress('http://127.0.0.1:4010').optional(),
  HOLDFAST_APPROVAL_SECONDS: seconds(0.001, 31_536_000).default(604_800_000),
  HOLDFAST_WORKER_LEASE_SECONDS: seconds(2, 300).optional(),
  HOLDFAST_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(500).default(20),
  HOLDFAST_RETENTION_HISTORY_DAYS: days.optional(),
  HOLDFAST_RETENTION_REVISIONS_DAYS: days.optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOLDFAST_LOG_FORMAT: z.enum(['pretty', 'json']).default('json'),
});

type Settings = z.infer<typeof schema>;

/** What is wrong with the environment, one line per variable. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** Parses variables. An empty value counts as absent. Throws EnvironmentError naming every invalid variable. */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>) {
  const parsed = schema.safeParse(withoutEmptySettings(variables));
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`).join('\n'),
    );
  }
  const values = parsed.data;
  const model = modelOf(values);
  const firstChunkMs = mayStartCold(model) ? timings.coldModelFirstChunkMs : timings.modelFirstChunkMs;
  return {
    databaseUrl: values.HOLDFAST_DATABASE_URL,
    redis: { url: values.HOLDFAST_REDIS_URL, caFile: values.HOLDFAST_REDIS_CA_FILE ?? null },
    /** Prefix of all this instance's Redis keys; empty when it has a Redis of its own. */
    redisPrefix: values.HOLDFAST_REDIS_PREFIX ?? '',
    /** File touched while the worker takes jobs; `null` when nothing checks it. */
    healthFile: values.HOLDFAST_HEALTH_FILE ?? null,
    serviceToken: values.HOLDFAST_SERVICE_TOKEN,
    /** The key from which hook addresses are derived. */
    hookKey: values.HOLDFAST_HOOK_KEY,
    /** Addresses of the API servers; any that is up will do. */
    apiUrls: values.HOLDFAST_API_URL,
    /** The model's name as given in the settings. */
    modelName: values.HOLDFAST_MODEL,
    model,
    modelConnectMs: values.HOLDFAST_MODEL_CONNECT_SECONDS ?? timings.modelConnectMs,
    modelTimeouts: {
      firstChunkMs: values.HOLDFAST_MODEL_FIRST_CHUNK_SECONDS ?? firstChunkMs,
      idleMs: values.HOLDFAST_MODEL_IDLE_SECONDS ?? timings.modelIdleMs,
      totalMs: values.HOLDFAST_MODEL_TOTAL_SECONDS ?? timings.modelTotalMs,
    },
    /** Whether a simulator answers instead of a model. */
    simulated: values.HOLDFAST_SIMULATED,
    /** `null` when no airline is connected. */
    airlineUrl: values.HOLDFAST_AIRLINE_URL ?? simulatedAirlineOf(values),
    /** How long to wait for a person's approval. */
    approvalMs: values.HOLDFAST_APPROVAL_SECONDS,
    leaseMs: values.HOLDFAST_WORKER_LEASE_SECONDS ?? timings.leaseMs,
    /** How many runs are executed at once. */
    concurrency: values.HOLDFAST_WORKER_CONCURRENCY,
    /** Days; `null` keeps everything. */
    retention: {
      historyDays: values.HOLDFAST_RETENTION_HISTORY_DAYS ?? null,
      revisionsDays: values.HOLDFAST_RETENTION_REVISIONS_DAYS ?? null,
    },
    logLevel: values.HOLDFAST_LOG_LEVEL,
    logFormat: values.HOLDFAST_LOG_FORMAT,
  };
}

export type WorkerEnvironment = ReturnType<typeof parseEnvironment>;

export function readEnvironment(): WorkerEnvironment {
  return parseEnvironment(process.env);
}

/** The model named in the settings. A self-hosted server needs no key, so a key is required only for Anthropic and Google. */
function modelOf(values: Settings): ModelChoice {
  const choice = chooseModel({
    model: values.HOLDFAST_MODEL,
    api: values.HOLDFAST_MODEL_API,
    simulated: values.HOLDFAST_SIMULATED,
    openai: { apiKey: values.OPENAI_API_KEY, baseUrl: values.OPENAI_BASE_URL ?? null },
    anthropic: { apiKey: values.ANTHROPIC_API_KEY, baseUrl: values.ANTHROPIC_BASE_URL ?? null },
    google: { apiKey: values.GOOGLE_GENERATIVE_AI_API_KEY, baseUrl: values.GOOGLE_GENERATIVE_AI_BASE_URL ?? null },
  });
  const { provider, access } = choice;
  if (access.apiKey === '' && (provider === 'anthropic' || provider === 'google')) {
    const name = provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'GOOGLE_GENERATIVE_AI_API_KEY';
    throw new EnvironmentError(`${name}: is needed for the model ${values.HOLDFAST_MODEL}`);
  }
  return choice;
}

/** The simulator includes an airline. With a real model, one must be configured, as `npm start` does. */
function simulatedAirlineOf({ HOLDFAST_SIMULATED, OPENAI_BASE_URL }: Settings): string | null {
  return HOLDFAST_SIMULATED && OPENAI_BASE_URL !== undefined ? new URL(OPENAI_BASE_URL).origin : null;
}
