import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

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

/** Variables of .env that a container must not take over, and why. */
const FIXED_BY_COMPOSE: Record<string, string> = {
  HOLDFAST_API_URL: 'the api is reached by its name in the network',
  HOLDFAST_DATABASE_URL: 'made from POSTGRES_PASSWORD',
  HOLDFAST_REDIS_URL: 'Redis is reached by its name in the network',
  HOLDFAST_HOST: 'a container listens on all of its own interfaces; ports decides who reaches it',
  HOLDFAST_HOME: 'data lies on volumes',
  HOLDFAST_WEB_DIR: 'a folder of the image',
  HOLDFAST_SIMULATOR_HOST: 'as HOLDFAST_HOST',
  HOLDFAST_SIMULATOR_PORT: 'the address stands in OPENAI_BASE_URL',
  HOLDFAST_SIMULATOR_LOG: 'file systems are read-only',
};

/** What Compose takes as a list of texts and nothing else; YAML quietly reads `a: b` as a mapping. */
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

  it('keeps the stores on volumes, Redis with its log and without eviction', () => {
    expect(Object.keys(volumes).sort()).toEqual(['postgres-data', 'redis-data']);
    expect(services.postgres?.volumes).toEqual(['postgres-data:/var/lib/postgresql']);
    expect(services.redis?.volumes).toEqual(['redis-data:/data']);
    const command = services.redis?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
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
