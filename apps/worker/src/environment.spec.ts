import { describe, expect, it } from 'vitest';
import { timings } from '#libs/engine';
import { readEnvironment } from './environment.js';

const required = {
  HOLDFAST_DATABASE_URL: 'postgres://user:secret@localhost:5432/holdfast',
  HOLDFAST_REDIS_URL: 'redis://localhost:6379',
  HOLDFAST_SERVICE_TOKEN: '0123456789abcdef',
  HOLDFAST_HOOK_KEY: 'fedcba9876543210',
};

const limits = [
  ['HOLDFAST_MODEL_CONNECT_SECONDS', timings.modelConnectMs],
  ['HOLDFAST_MODEL_FIRST_CHUNK_SECONDS', timings.modelFirstChunkMs],
  ['HOLDFAST_MODEL_IDLE_SECONDS', timings.modelIdleMs],
  ['HOLDFAST_MODEL_TOTAL_SECONDS', timings.modelTotalMs],
] as const;

describe('the environment of the worker', () => {
  it('has defaults for everything but the database, Redis and the service token', () => {
    expect(readEnvironment(required)).toMatchObject({
      HOLDFAST_API_URL: ['http://127.0.0.1:4000'],
      HOLDFAST_SIMULATED: false,
      HOLDFAST_APPROVAL_SECONDS: 604_800,
    });
    expect(() => readEnvironment({})).toThrow(
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
    expect(readEnvironment({ ...required, ...empty })).toEqual(readEnvironment(required));
  });

  it('reads several addresses of the api', () => {
    const given = { ...required, HOLDFAST_API_URL: 'http://one:4000, https://two' };
    expect(readEnvironment(given).HOLDFAST_API_URL).toEqual(['http://one:4000', 'https://two']);
  });

  it.each(['true', '1', 'yes', 'on'])('reads %j as a switch that is on', (value) => {
    expect(readEnvironment({ ...required, HOLDFAST_SIMULATED: value }).HOLDFAST_SIMULATED).toBe(true);
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
    expect(() => readEnvironment({ ...required, [name]: value })).toThrow(
      new RegExp(`${name}: must be an address that starts with http:// or https://, such as http://`),
    );
  });

  it.each([
    ['HOLDFAST_SIMULATED', 'maybe'],
    ['HOLDFAST_WORKER_CONCURRENCY', '0'],
    ['HOLDFAST_MODEL_API', 'completions'],
  ])('names %s when it is %j', (name, value) => {
    expect(() => readEnvironment({ ...required, [name]: value })).toThrow(name);
  });

  it.each(limits)('take %s from the timings where it is absent or empty', (name, defaultMs) => {
    expect(readEnvironment(required)[name]).toBe(defaultMs / 1_000);
    expect(readEnvironment({ ...required, [name]: '' })[name]).toBe(defaultMs / 1_000);
    expect(readEnvironment({ ...required, [name]: '7' })[name]).toBe(7);
  });

  it('give a server of one’s own the time to load its model, unless told otherwise', () => {
    const firstChunkOf = (given: Record<string, string>) =>
      readEnvironment({ ...required, ...given }).HOLDFAST_MODEL_FIRST_CHUNK_SECONDS;
    expect(firstChunkOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' })).toBe(300);
    expect(firstChunkOf({ OPENAI_BASE_URL: 'https://api.openai.com/v1' })).toBe(60);
    expect(firstChunkOf({ HOLDFAST_MODEL: 'anthropic/claude-sonnet-5', ANTHROPIC_API_KEY: 'k' })).toBe(60);
    expect(
      firstChunkOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: '9' }),
    ).toBe(9);
  });

  it('name the key that the model needs', () => {
    expect(() => readEnvironment({ ...required, HOLDFAST_MODEL: 'anthropic/claude-sonnet-5' })).toThrow(
      /ANTHROPIC_API_KEY: is needed/,
    );
    expect(() => readEnvironment({ ...required, HOLDFAST_MODEL: 'google/gemini-3-pro' })).toThrow(
      /GOOGLE_GENERATIVE_AI_API_KEY: is needed/,
    );
  });

  it.each(limits)('refuse %s of nothing, and name it', (name) => {
    expect(() => readEnvironment({ ...required, [name]: '0' })).toThrow(name);
  });
});
