/** The one place in the API that reads `process.env`; everything else gets the parsed values. */

import { isIP } from 'node:net';
import { z } from 'zod';
import { flagWords, limits, withoutEmptySettings } from '#libs/contracts';
import { parseRedisAddress, REDIS_ADDRESS_RULE, REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE } from '#libs/stream';
import { PROXY_RANGE_RULE, type ProxyRange, parseProxyRange } from './http/client-address.js';

/** Injection token of the parsed environment. */
export const API_ENVIRONMENT = Symbol('API_ENVIRONMENT');

const flag = z.string().trim().pipe(z.stringbool(flagWords));

function urlOf(protocols: readonly string[], example: string) {
  return z.string('is missing').refine((text) => {
    return URL.canParse(text) && protocols.includes(new URL(text).protocol);
  }, `must be a URL such as ${example}`);
}

const origins = z.string().transform((text, context) => {
  const list = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const wrong = list.find((entry) => !URL.canParse(entry) || new URL(entry).origin !== entry);
  if (wrong !== undefined) {
    context.addIssue({
      code: 'custom',
      message: `holds "${wrong}", which is not an origin such as https://example.com`,
    });
  }
  return list;
});

const proxies = z.string().transform((text, context) => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.flatMap((entry) => {
    const range = parseProxyRange(entry);
    if (range !== null) return [range];
    context.addIssue({ code: 'custom', message: `holds "${entry}", ${PROXY_RANGE_RULE}` });
    return [];
  });
});

/** A limit that can be switched off. */
const limitOrNone = (preset: number) =>
  z.coerce
    .number('must be a number')
    .int('must be whole')
    .min(0)
    .default(preset)
    .transform((most) => (most === 0 ? null : most));

const schema = z.object({
  HOLDFAST_AUTH: z.enum(['local', 'required']).default('local'),
  HOLDFAST_AUTH_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  HOLDFAST_SIGN_UP: z.enum(['off', 'invitation', 'open']).default('invitation'),
  HOLDFAST_PORT: z.coerce.number('must be a number').int('must be whole').min(0).max(65_535).default(4000),
  HOLDFAST_HOST: z.string().min(1, 'must not be empty').default('127.0.0.1'),
  HOLDFAST_DATABASE_URL: urlOf(['postgres:', 'postgresql:'], 'postgres://user:password@localhost:5432/holdfast'),
  HOLDFAST_REDIS_URL: z
    .string('is missing')
    .refine((text) => parseRedisAddress(text) !== undefined, REDIS_ADDRESS_RULE),
  HOLDFAST_REDIS_PREFIX: z.string().regex(REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE).optional(),
  HOLDFAST_REDIS_CA_FILE: z.string().optional(),
  HOLDFAST_SERVICE_TOKEN: z.string('is missing').min(16, 'must have at least 16 characters'),
  HOLDFAST_HOOK_KEY: z.string('is missing').min(16, 'must have at least 16 characters'),
  HOLDFAST_WEB_DIR: z.string().min(1, 'must not be empty').optional(),
  HOLDFAST_IDE: flag.default(false),
  HOLDFAST_INTROSPECTION: flag.default(true),
  HOLDFAST_MODEL: z
    .string()
    .min(1)
    .max(limits.agentNameChars * 4)
    .optional(),
  HOLDFAST_SIMULATED: flag.default(false),
  HOLDFAST_HOOK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  HOLDFAST_PUBLIC_URL: urlOf(['http:', 'https:'], 'https://holdfast.example.com').optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HOLDFAST_LOG_FORMAT: z.enum(['pretty', 'json']).default('json'),
  HOLDFAST_ALLOWED_ORIGINS: origins.default([]),
  HOLDFAST_TRUSTED_PROXIES: proxies.default([]),
  HOLDFAST_CONNECTIONS_PER_ADDRESS: limitOrNone(2_000),
});

/** What no setting says alone. */
const checkedSchema = schema.superRefine((values, context) => {
  const fault = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
  if (values.HOLDFAST_AUTH === 'required' && values.HOLDFAST_AUTH_SECRET === undefined) {
    fault('HOLDFAST_AUTH_SECRET', 'is missing, and HOLDFAST_AUTH=required needs it: at least 32 random characters');
  }
  if (values.HOLDFAST_AUTH === 'local' && !isLoopback(values.HOLDFAST_HOST)) {
    fault(
      'HOLDFAST_HOST',
      'is not loopback, and with HOLDFAST_AUTH=local whoever reaches this address is its one user, without a password. ' +
        'Set HOLDFAST_AUTH=required and HOLDFAST_AUTH_SECRET to have people sign in, or HOLDFAST_HOST=127.0.0.1',
    );
  }
});

/** Whether only programs of this machine reach the address. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** What is wrong with the environment, one line per variable. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

function parsedBy<T>(rules: z.ZodType<T>, variables: Readonly<Record<string, string | undefined>>): T {
  const parsed = rules.safeParse(withoutEmptySettings(variables));
  if (parsed.success) return parsed.data;
  throw new EnvironmentError(
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
  );
}

/** Parses variables. An empty value counts as absent. Throws EnvironmentError naming every invalid variable. */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>) {
  const values = parsedBy(checkedSchema, variables);
  return {
    /** 0 picks any free port. */
    port: values.HOLDFAST_PORT,
    host: values.HOLDFAST_HOST,
    /** `local`: one user, who need not sign in. `required`: nobody is anybody without a proof. */
    auth: values.HOLDFAST_AUTH,
    /** Signs the cookies of sessions; `null` when none is configured. */
    authSecret: values.HOLDFAST_AUTH_SECRET ?? null,
    /** How people get an account; `off` leaves the administrator's command. */
    signUp: values.HOLDFAST_SIGN_UP,
    databaseUrl: values.HOLDFAST_DATABASE_URL,
    redis: { url: values.HOLDFAST_REDIS_URL, caFile: values.HOLDFAST_REDIS_CA_FILE ?? null },
    /** Prefix of all this instance's Redis keys; empty when it has a Redis of its own. */
    redisPrefix: values.HOLDFAST_REDIS_PREFIX ?? '',
    serviceToken: values.HOLDFAST_SERVICE_TOKEN,
    /** The key from which hook addresses are derived. */
    hookKey: values.HOLDFAST_HOOK_KEY,
    /** Folder of the built web app; `null` when the API serves none. */
    webDir: values.HOLDFAST_WEB_DIR ?? null,
    /** Whether the GraphQL IDE is served. */
    ide: values.HOLDFAST_IDE,
    /** Whether clients may query the schema, over HTTP and WebSocket. The IDE needs it. */
    introspection: values.HOLDFAST_INTROSPECTION || values.HOLDFAST_IDE,
    model: values.HOLDFAST_MODEL ?? null,
    /** Whether a simulator answers instead of a model. */
    simulated: values.HOLDFAST_SIMULATED,
    /** Secret with which payloads to `/hooks` must be signed; `null` when no signature is required. */
    hookSecret: values.HOLDFAST_HOOK_SECRET ?? null,
    /** The server's public address, without a trailing slash; `null` when not configured. */
    publicUrl: withoutSlash(values.HOLDFAST_PUBLIC_URL),
    logLevel: values.HOLDFAST_LOG_LEVEL,
    logFormat: values.HOLDFAST_LOG_FORMAT,
    /** Other origins whose pages may use this API. */
    allowedOrigins: values.HOLDFAST_ALLOWED_ORIGINS,
    /** Proxies whose `X-Forwarded-For` is believed. */
    trustedProxies: values.HOLDFAST_TRUSTED_PROXIES as readonly ProxyRange[],
    /**
     * WebSockets and event streams that one address may hold; `null` without a limit. If fewer, offices behind one address
     * are locked out; if more, one address may take all sockets of a process.
     */
    connectionsPerAddress: values.HOLDFAST_CONNECTIONS_PER_ADDRESS,
  };
}

export type ApiEnvironment = ReturnType<typeof parseEnvironment>;

export function readEnvironment(): ApiEnvironment {
  return parseEnvironment(process.env);
}

const linkSchema = schema.pick({
  HOLDFAST_DATABASE_URL: true,
  HOLDFAST_PUBLIC_URL: true,
  HOLDFAST_HOST: true,
  HOLDFAST_PORT: true,
});

/** What the command for the administrator's link needs: where the database is, and where people open the page. */
export function readLinkEnvironment(): { databaseUrl: string; url: string } {
  const values = parsedBy(linkSchema, process.env);
  const host = values.HOLDFAST_HOST === '0.0.0.0' || values.HOLDFAST_HOST === '::' ? '127.0.0.1' : values.HOLDFAST_HOST;
  const local = `http://${host.includes(':') ? `[${host}]` : host}:${values.HOLDFAST_PORT}`;
  return {
    databaseUrl: values.HOLDFAST_DATABASE_URL,
    url: withoutSlash(values.HOLDFAST_PUBLIC_URL) ?? local,
  };
}

function withoutSlash(url: string | undefined): string | null {
  return url?.replace(/(?<!\/)\/+$/, '') ?? null;
}
