import { describe, expect, it } from 'vitest';
import { timings } from '#libs/engine';
import { parseEnvironment, type WorkerEnvironment } from './environment.js';

const required = {
  HOLDFAST_DATABASE_URL: 'postgres://user:secret@localhost:5432/holdfast',
  HOLDFAST_REDIS_URL: 'redis://localhost:6379',
  HOLDFAST_SERVICE_TOKEN: '0123456789abcdef',
  HOLDFAST_HOOK_KEY: 'fedcba9876543210',
};

type LimitOf = (environment: WorkerEnvironment) => number;
const limits: [string, number, LimitOf][] = [
  ['HOLDFAST_MODEL_CONNECT_SECONDS', timings.modelConnectMs, ({ modelConnectMs }) => modelConnectMs],
  ['HOLDFAST_MODEL_FIRST_CHUNK_SECONDS', timings.modelFirstChunkMs, ({ modelTimeouts }) => modelTimeouts.firstChunkMs],
  ['HOLDFAST_MODEL_IDLE_SECONDS', timings.modelIdleMs, ({ modelTimeouts }) => modelTimeouts.idleMs],
  ['HOLDFAST_MODEL_TOTAL_SECONDS', timings.modelTotalMs, ({ modelTimeouts }) => modelTimeouts.totalMs],
  ['HOLDFAST_WORKER_LEASE_SECONDS', timings.leaseMs, ({ leaseMs }) => leaseMs],
];

describe('the environment of the worker', () => {
  it('has defaults for everything but the database, Redis and the service token', () => {
    expect(parseEnvironment(required)).toMatchObject({
      apiUrls: ['http://127.0.0.1:4000'],
      simulated: false,
      approvalMs: 604_800_000,
    });
    expect(() => parseEnvironment({})).toThrow(
      /HOLDFAST_DATABASE_URL[\s\S]*HOLDFAST_REDIS_URL[\s\S]*HOLDFAST_SERVICE_TOKEN[\s\S]*HOLDFAST_HOOK_KEY/,
    );
  });

  it('counts an empty value as absent, as Docker Compose hands it on', () => {
    const empty = {
      OPENAI_BASE_URL: '',
      HOLDFAST_AIRLINE_URL: '',
      HOLDFAST_APPROVAL_SECONDS: '',
      HOLDFAST_SIMULATED: '',
    };
    expect(parseEnvironment({ ...required, ...empty })).toEqual(parseEnvironment(required));
  });

  it('reads several addresses of the api', () => {
    const given = { ...required, HOLDFAST_API_URL: 'http://one:4000, https://two' };
    expect(parseEnvironment(given).apiUrls).toEqual(['http://one:4000', 'https://two']);
  });

  it.each(['true', '1', 'yes', 'on'])('reads %j as a switch that is on', (value) => {
    expect(parseEnvironment({ ...required, HOLDFAST_SIMULATED: value }).simulated).toBe(true);
  });

  it.each([
    ['OPENAI_BASE_URL', 'localhost:11434/v1'],
    ['OPENAI_BASE_URL', '127.0.0.1:11434'],
    ['OPENAI_BASE_URL', 'ollama'],
    ['OPENAI_BASE_URL', 'ftp://models.acme.io/v1'],
    ['HOLDFAST_API_URL', 'api:4000'],
    ['HOLDFAST_API_URL', 'http://one:4000,'],
    ['HOLDFAST_API_URL', 'http://one:4000, two:4000'],
    ['HOLDFAST_AIRLINE_URL', 'airline'],
  ])('refuses %s=%s and says what an address looks like', (name, value) => {
    expect(() => parseEnvironment({ ...required, [name]: value })).toThrow(
      new RegExp(`${name}: must be an address that starts with http:// or https://, such as http://`),
    );
  });

  it.each([
    ['HOLDFAST_SIMULATED', 'maybe'],
    ['HOLDFAST_WORKER_CONCURRENCY', '0'],
    ['HOLDFAST_MODEL_API', 'completions'],
  ])('names %s when it is %j', (name, value) => {
    expect(() => parseEnvironment({ ...required, [name]: value })).toThrow(name);
  });

  it.each(limits)('take %s from the timings where it is absent or empty', (name, defaultMs, limitOf) => {
    expect(limitOf(parseEnvironment(required))).toBe(defaultMs);
    expect(limitOf(parseEnvironment({ ...required, [name]: '' }))).toBe(defaultMs);
    expect(limitOf(parseEnvironment({ ...required, [name]: '7' }))).toBe(7_000);
  });

  it('give a server of one’s own the time to load its model, unless told otherwise', () => {
    const firstChunkOf = (given: Record<string, string>) =>
      parseEnvironment({ ...required, ...given }).modelTimeouts.firstChunkMs;
    expect(firstChunkOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' })).toBe(300_000);
    expect(firstChunkOf({ OPENAI_BASE_URL: 'https://api.openai.com/v1' })).toBe(60_000);
    expect(firstChunkOf({ HOLDFAST_MODEL: 'anthropic/claude-sonnet-5', ANTHROPIC_API_KEY: 'k' })).toBe(60_000);
    expect(
      firstChunkOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: '9' }),
    ).toBe(9_000);
  });

  it('name the key that the model needs', () => {
    expect(() => parseEnvironment({ ...required, HOLDFAST_MODEL: 'anthropic/claude-sonnet-5' })).toThrow(
      /ANTHROPIC_API_KEY: is needed/,
    );
    expect(() => parseEnvironment({ ...required, HOLDFAST_MODEL: 'google/gemini-3-pro' })).toThrow(
      /GOOGLE_GENERATIVE_AI_API_KEY: is needed/,
    );
  });

  it.each(limits)('refuse %s of nothing, and name it', (name) => {
    expect(() => parseEnvironment({ ...required, [name]: '0' })).toThrow(name);
  });
});
