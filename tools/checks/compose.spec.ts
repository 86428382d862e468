import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { commandLine } from '../services/process-identity.ts';

interface Service {
  image?: string;
  build?: { dockerfile: string; target: string };
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  networks?: string[];
  tmpfs?: string[];
  restart?: string;
  healthcheck?: { test: string[] };
  command?: string[];
  volumes?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
const entries = Object.entries(services);

const documented = [...readFileSync('.env.example', 'utf8').matchAll(/^# ([A-Z][A-Z_]+)=/gm)].map(
  ([, name]) => name ?? '',
);
const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');

/** Variables of .env that a container must not inherit, and why. */
const FIXED_BY_COMPOSE: Record<string, string> = {
  HOLDFAST_API_URL: 'the api is reached by its name in the network',
  HOLDFAST_DATABASE_URL: 'made from POSTGRES_OWNER_PASSWORD, or the password of the app',
  HOLDFAST_DATABASE_API_URL: 'made from POSTGRES_API_PASSWORD',
  HOLDFAST_DATABASE_WORKER_URL: 'made from POSTGRES_WORKER_PASSWORD',
  HOLDFAST_DATABASE_ADMIN_URL: 'made from POSTGRES_PASSWORD',
  HOLDFAST_REDIS_URL: 'made from REDIS_PASSWORD',
  HOLDFAST_AUTH: 'a container listens beyond loopback, so people have to sign in',
  HOLDFAST_HOST: 'a container listens on all of its own interfaces; ports decides who reaches it',
  HOLDFAST_HOME: 'data lies on volumes',
  HOLDFAST_HEALTH_FILE: 'read by the health check of the same container',
  HOLDFAST_WEB_DIR: 'a folder of the image',
  HOLDFAST_SIMULATOR_HOST: 'as HOLDFAST_HOST',
  HOLDFAST_SIMULATOR_PORT: 'the address stands in OPENAI_BASE_URL',
  HOLDFAST_SIMULATOR_NAMES: 'the name is that of the service',
  HOLDFAST_SIMULATOR_LOG: 'file systems are read-only',
};

/** Keys that Compose accepts only as a list of strings; YAML silently reads `a: b` as a mapping. */
const LISTS = ['cap_drop', 'security_opt', 'tmpfs', 'command', 'volumes', 'ports', 'networks'] as const;

describe('docker-compose.yml', () => {
  it('gives Compose a text wherever it wants one', () => {
    const texts = z.array(z.string());
    for (const [name, service] of entries) {
      for (const key of LISTS) {
        if (service[key] !== undefined) expect(texts.safeParse(service[key]).success, `${name}.${key}`).toBe(true);
      }
      if (service.healthcheck) {
        expect(texts.safeParse(service.healthcheck.test).success, `${name}.healthcheck.test`).toBe(true);
      }
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        expect(typeof value, `${name}: ${variable}`).toBe('string');
      }
    }
  });

  it('asks for health with programs that Node can parse', () => {
    const snippets = entries.flatMap(([, { healthcheck }]) => {
      const [, program, flag, code] = healthcheck?.test ?? [];
      return program === 'node' && flag === '-e' ? [code ?? ''] : [];
    });
    expect(snippets).toHaveLength(2);
    for (const snippet of snippets) expect(() => new Script(snippet)).not.toThrow();
  });

  it('runs the two programs, their stores and the migrations', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'migrations', 'postgres', 'redis', 'simulator', 'worker']);
  });

  it('lets no service run as root or write to its own file system', () => {
    for (const [name, service] of entries) {
      expect(service.read_only, `${name} is read-only`).toBe(true);
      expect(service.user, `${name} has a user`).toMatch(/^(node|[1-9]\d*:[1-9]\d*)$/);
      expect(service.cap_drop, `${name} has no capabilities`).toEqual(['ALL']);
      expect(
        service.tmpfs?.some((mount) => mount.startsWith('/tmp')),
        `${name} has a /tmp`,
      ).toBe(true);
    }
  });

  it('asks every lasting service for its health', () => {
    const lasting = entries.filter(([, { restart }]) => restart !== 'no');
    expect(lasting).toHaveLength(5);
    for (const [name, { healthcheck }] of lasting) expect(healthcheck?.test.length, name).toBeGreaterThan(1);
  });

  it('pins every image to a full version', () => {
    const images = [
      ...entries.flatMap(([, { image }]) => image ?? []),
      ...[...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map((m) => m[1]),
    ];
    expect(images.length).toBeGreaterThan(2);
    for (const image of images) expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-bookworm(-slim)?$/);
  });

  it('builds targets that the Dockerfile has', () => {
    for (const [, { build }] of entries) {
      if (build) expect(dockerfile).toMatch(new RegExp(`^FROM runtime AS ${build.target}$`, 'm'));
    }
  });

  it('starts api and worker only after the migrations have succeeded and Redis is healthy', () => {
    for (const name of ['api', 'worker']) {
      expect(services[name]?.depends_on).toMatchObject({
        migrations: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
      });
    }
    expect(services.migrations?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  });

  it('tells each app the password of its own role in Postgres, and the superuser to the migrations alone', () => {
    const told = (name: string) =>
      [...JSON.stringify(services[name]?.environment).matchAll(/\$\{(POSTGRES_[A-Z_]+)/g)].map(
        ([, variable]) => variable,
      );
    expect(told('api')).toEqual(['POSTGRES_API_PASSWORD']);
    expect(told('worker')).toEqual(['POSTGRES_WORKER_PASSWORD']);
    expect(told('simulator')).toEqual([]);
    expect(told('migrations')).toContain('POSTGRES_PASSWORD');
    expect(services.migrations?.environment).not.toHaveProperty('HOLDFAST_SERVICE_TOKEN');
  });

  it('keeps the stores on volumes, Redis with its log and without eviction', () => {
    expect(Object.keys(volumes).sort()).toEqual(['postgres-data', 'redis-data']);
    expect(services.postgres?.volumes).toEqual(['postgres-data:/var/lib/postgresql']);
    expect(services.redis?.volumes).toEqual(['redis-data:/data']);
    const command = services.redis?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(services.redis?.healthcheck?.test.at(-1)).toContain('= PONG');
  });

  it('runs a Redis that answers nobody without its password and is told it by standard input', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-compose-'));
    const [shell = '', ...args] = services.redis?.command ?? [];
    const script = args
      .at(-1)
      ?.replaceAll('$$', '$')
      .replace('redis-server -', `redis-server - --port 0 --dir ${folder}`);
    const socket = join(folder, 'socket');
    const server = spawn(shell, ['-c', script?.replace('--port 0', `--port 0 --unixsocket ${socket}`) ?? ''], {
      env: { PATH: process.env.PATH, REDISCLI_AUTH: 'only4us' },
      stdio: 'ignore',
    });
    try {
      const stranger = new Redis(socket, { retryStrategy: () => 50, maxRetriesPerRequest: null });
      stranger.on('error', () => undefined);
      await expect(stranger.ping()).rejects.toThrow('NOAUTH');
      stranger.disconnect();
      const ours = new Redis(socket, { password: 'only4us' });
      expect(await ours.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(await ours.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
      expect(await ours.config('GET', 'save')).toEqual(['save', '']);
      ours.disconnect();
      expect(commandLine(server.pid ?? 0)).not.toContain('only4us');
    } finally {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('opens ports on loopback only', () => {
    for (const port of entries.flatMap(([, { ports }]) => ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('uses only variables that .env.example explains', () => {
    const given = entries.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    for (const name of new Set([...used, ...given.filter((name) => name.startsWith('HOLDFAST_'))])) {
      expect(documented, name).toContain(name);
    }
  });

  it('hands on every variable that .env.example explains, but for those that its containers fix', () => {
    const dropped = documented.filter((name) => !used.includes(name));
    expect(dropped.sort()).toEqual(Object.keys(FIXED_BY_COMPOSE).sort());
  });

  it('hands each variable to the program that reads it', () => {
    const readers = { api: 'apps/api/src/environment.ts', worker: 'apps/worker/src/environment.ts' };
    for (const [name, file] of Object.entries(readers)) {
      const given = services[name]?.environment ?? {};
      const read = documented.filter((variable) => new RegExp(`\\b${variable}\\b`).test(readFileSync(file, 'utf8')));
      const missing = read.filter((variable) => !(variable in given) && variable !== 'HOLDFAST_WEB_DIR');
      expect(missing, name).toEqual([]);
    }
  });
});
