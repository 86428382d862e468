import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseEnvironment, needsSimulator, processEnvironment, readSettings } from './settings.ts';

const projectFolder = process.cwd();
const wiring = {
  redisUrl: 'redis://r',
  serviceToken: 'token',
  hookKey: 'key',
  simulatorPort: 4010,
};

describe('the settings of npm start', () => {
  beforeEach(() => {
    process.chdir(mkdtempSync(join(tmpdir(), 'holdfast-settings-')));
    for (const name of Object.keys(process.env))
      if (/^(HOLDFAST|OPENAI|ANTHROPIC|GOOGLE)_/.test(name)) vi.stubEnv(name, undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    process.chdir(projectFolder);
  });

  it('need nothing: loopback, port 4000, .holdfast, the simulator', () => {
    expect(readSettings()).toEqual({
      home: resolve('.holdfast'),
      host: '127.0.0.1',
      port: 4000,
      url: 'http://127.0.0.1:4000',
      database: undefined,
      redisUrl: undefined,
      simulated: true,
      airlineUrl: undefined,
    });
  });

  it('come from .env, which never wins over the environment', () => {
    writeFileSync('.env', 'HOLDFAST_PORT=4100\nHOLDFAST_HOST=0.0.0.0\nOPENAI_API_KEY=\n');
    vi.stubEnv('HOLDFAST_PORT', '4200');
    expect(readSettings()).toMatchObject({
      port: 4200,
      host: '0.0.0.0',
      url: 'http://127.0.0.1:4200',
      simulated: true,
    });
    vi.stubEnv('HOLDFAST_HOST', undefined);
    vi.stubEnv('OPENAI_API_KEY', undefined);
  });

  it.each(['abc', '0', '70000', '4000.5'])('refuse the port %s by its name', (port) => {
    vi.stubEnv('HOLDFAST_PORT', port);
    expect(() => readSettings()).toThrow(`HOLDFAST_PORT is "${port}"`);
  });

  it('refuse an address of the wrong kind without repeating it, because it may hold a password', () => {
    vi.stubEnv('HOLDFAST_DATABASE_URL', 'mysql://me:secret@host/db');
    expect(() => readSettings()).toThrow(/^HOLDFAST_DATABASE_URL is not an address that starts with postgres:\/\/ or/);
    expect(() => readSettings()).not.toThrow(/secret/);
  });

  it('tell each app the address of its own role, and no other', () => {
    vi.stubEnv('HOLDFAST_DATABASE_URL', 'postgres://owner@d');
    expect(readSettings().database).toMatchObject({ owner: 'postgres://owner@d', api: 'postgres://owner@d' });
    vi.stubEnv('HOLDFAST_DATABASE_API_URL', 'postgres://api@d');
    expect(() => readSettings()).toThrow(/HOLDFAST_DATABASE_WORKER_URL belong together/);
    vi.stubEnv('HOLDFAST_DATABASE_WORKER_URL', 'postgres://worker@d');
    vi.stubEnv('HOLDFAST_DATABASE_ADMIN_URL', 'postgres://admin@d');
    const settings = readSettings();
    const { database } = settings;
    if (!database) throw new Error('A database is named.');
    expect(JSON.stringify(processEnvironment(settings, wiring))).not.toMatch(/postgres:/);
    expect(databaseEnvironment(database, 'api')).toEqual({ HOLDFAST_DATABASE_URL: 'postgres://api@d' });
    expect(databaseEnvironment(database, 'worker')).toEqual({ HOLDFAST_DATABASE_URL: 'postgres://worker@d' });
    expect(databaseEnvironment(database, 'migrations')).toEqual({
      HOLDFAST_DATABASE_URL: 'postgres://owner@d',
      HOLDFAST_DATABASE_API_URL: 'postgres://api@d',
      HOLDFAST_DATABASE_WORKER_URL: 'postgres://worker@d',
      HOLDFAST_DATABASE_ADMIN_URL: 'postgres://admin@d',
    });
    vi.stubEnv('HOLDFAST_DATABASE_URL', undefined);
    expect(() => readSettings()).toThrow(/but not HOLDFAST_DATABASE_URL/);
  });

  it.each(['localhost:11434/v1', 'ollama', 'file:///models'])('refuse %s as the address of a model', (address) => {
    vi.stubEnv('OPENAI_BASE_URL', address);
    expect(() => readSettings()).toThrow(/^OPENAI_BASE_URL is not an address that starts with http:\/\/ or https:\/\//);
  });

  it('use a real model as soon as a key or a base URL is there', () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:11434/v1');
    const settings = readSettings();
    expect(settings.simulated).toBe(false);
    expect(processEnvironment(settings, wiring)).toMatchObject({
      OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1',
      OPENAI_API_KEY: 'none',
      HOLDFAST_MODEL: 'gpt-5.4',
      HOLDFAST_SIMULATED: 'false',
    });
  });

  it('use a model of Anthropic or Google by its name, and say which key it needs', () => {
    vi.stubEnv('HOLDFAST_MODEL', 'anthropic/claude-sonnet-5');
    expect(() => readSettings()).toThrow(
      'HOLDFAST_MODEL is anthropic/claude-sonnet-5, which needs a key: set ANTHROPIC_API_KEY.',
    );
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-ant');
    expect(readSettings().simulated).toBe(false);
    vi.stubEnv('HOLDFAST_MODEL', 'google/gemini-3-pro');
    expect(() => readSettings()).toThrow(/GOOGLE_GENERATIVE_AI_API_KEY/);
    // Gateways also have models with such names, and their own address.
    vi.stubEnv('OPENAI_BASE_URL', 'https://gateway.acme.io/v1');
    expect(readSettings().simulated).toBe(false);
  });

  it('connect the demo airline beside a real model, until another one is named', () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-real');
    const alone = readSettings();
    expect(needsSimulator(alone)).toBe(true);
    expect(processEnvironment(alone, wiring)).toMatchObject({
      OPENAI_API_KEY: 'sk-real',
      HOLDFAST_SIMULATED: 'false',
      HOLDFAST_AIRLINE_URL: 'http://127.0.0.1:4010',
    });
    vi.stubEnv('HOLDFAST_AIRLINE_URL', 'https://fly.acme.io');
    const named = readSettings();
    expect(needsSimulator(named)).toBe(false);
    expect(processEnvironment(named, { ...wiring, simulatorPort: undefined }).HOLDFAST_AIRLINE_URL).toBe(
      'https://fly.acme.io',
    );
  });

  it('give the processes the simulator in place of a model', () => {
    expect(processEnvironment(readSettings(), wiring)).toMatchObject({
      OPENAI_API_KEY: 'simulator',
      OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1',
      HOLDFAST_MODEL: 'simulator',
      HOLDFAST_SIMULATED: 'true',
      HOLDFAST_API_URL: 'http://127.0.0.1:4000',
    });
  });
});
