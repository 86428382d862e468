import { describe, expect, it } from 'vitest';
import { timings } from '#libs/engine';
import { readEnvironment } from './environment.js';

const required = {
  HOLDFAST_DATABASE_URL: 'postgres://here/holdfast',
  HOLDFAST_REDIS_URL: 'redis://here',
  HOLDFAST_SERVICE_TOKEN: 'a token of the tests',
};
const limits = [
  ['HOLDFAST_MODEL_CONNECT_SECONDS', timings.modelConnectMs],
  ['HOLDFAST_MODEL_FIRST_CHUNK_SECONDS', timings.modelFirstChunkMs],
  ['HOLDFAST_MODEL_IDLE_SECONDS', timings.modelIdleMs],
  ['HOLDFAST_MODEL_TOTAL_SECONDS', timings.modelTotalMs],
] as const;

describe("the worker's settings", () => {
  it.each(limits)('take %s from the timings where it is absent or empty', (name, defaultMs) => {
    expect(readEnvironment(required)[name]).toBe(defaultMs / 1_000);
    expect(readEnvironment({ ...required, [name]: '' })[name]).toBe(defaultMs / 1_000);
    expect(readEnvironment({ ...required, [name]: '7' })[name]).toBe(7);
  });

  it.each(limits)('refuse %s of nothing, and name it', (name) => {
    expect(() => readEnvironment({ ...required, [name]: '0' })).toThrow(name);
  });
});
