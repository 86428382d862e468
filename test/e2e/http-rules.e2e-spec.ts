import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';

let system: System;
/** One that tells nobody its schema, has a friend, and is known outside under a name. */
let discreet: System;

beforeAll(async () => {
  const environment = {
    HOLDFAST_IDE: 'false',
    HOLDFAST_INTROSPECTION: 'false',
    HOLDFAST_ALLOWED_ORIGINS: 'https://app.example',
    HOLDFAST_PUBLIC_URL: 'https://holdfast.example',
  };
  [system, discreet] = await Promise.all([System.start({ workers: 0 }), System.start({ workers: 0, environment })]);
});

afterAll(async () => {
  await Promise.all([system?.stop(), discreet?.stop()]);
});

/** As a browser asks that found the server under the name `host`. */
async function ask(
  path: string,
  host: string,
  on = system,
): Promise<{ status: number; policy: string; nosniff: unknown }> {
  const { port } = new URL(on.url);
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof ask>>>();
  get({ host: '127.0.0.1', port, path, headers: { host }, setHost: false }, (response) => {
    response.resume();
    const { 'content-security-policy': policy, 'x-content-type-options': nosniff } = response.headers;
    resolve({ status: response.statusCode ?? 0, policy: String(policy ?? ''), nosniff });
  }).on('error', reject);
  return promise;
}

function directive(policy: string, name: string): string | undefined {
  return policy.split(';').find((part) => part.startsWith(`${name} `));
}

const refused: [string, string, number][] = [
  ['another name', '/', 421],
  ['an unknown address', '/nothing/here', 404],
  ['a malformed address', '/%', 400],
  ['the service token', '/internal/node-types', 401],
];

describe('security headers', () => {
  it('let pages connect to this server only', async () => {
    const own = new URL(system.url).host;
    const { policy } = await ask('/', own);
    expect(directive(policy, 'connect-src')).toBe(`connect-src 'self' ws://${own} wss://${own}`);
    expect(directive((await ask('/', 'localhost:1')).policy, 'connect-src')).toContain('ws://localhost:1 ');
  });

  it.each(refused)('come with a refusal as well: %s', async (name, path, status) => {
    const answer = await ask(path, name === 'another name' ? 'evil.example' : new URL(system.url).host);
    expect(answer).toMatchObject({ status, nosniff: 'nosniff' });
    expect(answer.policy).toContain("default-src '");
    expect(answer.policy).not.toContain('evil');
  });

  it('come with an upgrade that is refused', async () => {
    const { hostname, port } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /graphql HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 421 .*Content-Security-Policy: .*nosniff/s);
    socket.destroy();
  });

  it('are not loosened by the IDE: it may run its own scripts on its own page', async () => {
    const { host } = new URL(system.url);
    const app = directive((await ask('/', host)).policy, 'script-src');
    const ide = directive((await ask('/ide', host)).policy, 'script-src');
    expect(ide).toMatch(/^script-src 'self' 'wasm-unsafe-eval'( 'sha256-[\w+/=]+')+$/);
    for (const path of ['/ide/static/nothing.js', '/IDE/x', '/idee', '/w/wf_x']) {
      expect(directive((await ask(path, host)).policy, 'script-src')).toBe(app);
    }
  });
});

describe('the name of the server', () => {
  it('is none without a dot, but for those who show the service token', async () => {
    expect((await ask('/livez', 'holdfast:4000')).status).toBe(421);
    expect((await ask('/internal/node-types', 'api:4000')).status).toBe(401);
    expect((await ask('/internalx', 'api:4000')).status).toBe(421);
    expect((await ask('/livez', 'localhost')).status).toBe(200);
  });
});

describe('a proxy before a server without sign-in', () => {
  /** What the server answers to the first line and the headers that a proxy sends. */
  async function answer(line: string, headers: string[]): Promise<string> {
    const { hostname, port } = new URL(discreet.url);
    const socket = connect(Number(port), hostname);
    socket.write([line, ...headers, '', ''].join('\r\n'));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return bytes.toString();
  }
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];

  it.each([
    ['its public name', 421, 'HTTP/1.1', ['Host: holdfast.example']],
    ['an allowed name', 421, 'HTTP/1.1', ['Host: app.example']],
    ['an address of the network', 421, 'HTTP/1.1', ['Host: 192.0.2.1:4000']],
    ['the address behind the proxy', 403, 'HTTP/1.0', ['Host: 127.0.0.1:4000']],
    ['the address of a client', 403, 'HTTP/1.1', ['Host: 127.0.0.1:4000', 'X-Forwarded-For: 198.51.100.1']],
    ['the way that it took', 403, 'HTTP/1.1', ['Host: localhost', 'Via: 1.1 proxy']],
  ])('makes nobody the local user, whatever it passes on: %s', async (_, status, version, headers) => {
    for (const path of ['/', '/graphql?query={viewer{id}}', '/ide', '/workflows/x/export']) {
      const refusal = await answer(`GET ${path} ${version}`, headers);
      expect(refusal).toMatch(new RegExp(`^HTTP/1.1 ${status} .*HOLDFAST_AUTH=required`, 's'));
    }
    if (version === 'HTTP/1.0') return;
    const refusal = await answer(`GET /graphql ${version}`, [...headers, ...upgrade]);
    expect(refusal).toMatch(new RegExp(`^HTTP/1.1 ${status} .*HOLDFAST_AUTH=required`, 's'));
  });

  it('still brings answers to hooks, and probes', async () => {
    const headers = ['Host: holdfast.example', 'X-Forwarded-For: 198.51.100.1', 'Content-Length: 0'];
    // The answer of the route itself, which wants JSON.
    expect(await answer('POST /hooks/x HTTP/1.1', headers)).toMatch(/^HTTP\/1.1 415 /);
    for (const path of ['/livez', '/readyz']) {
      expect(await answer(`GET ${path} HTTP/1.1`, headers)).toMatch(/^HTTP\/1.1 200 /);
    }
  });
});

describe('pages of other origins', () => {
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  const cors = (response: Response) =>
    Object.fromEntries([...response.headers].filter(([name]) => /^(access-control|vary)/.test(name)));

  it.each(['/graphql', '/hooks/x', '/workflows/x/export'])(
    'are given CORS if they are allowed, and nothing otherwise: %s',
    async (path) => {
      const preflight = (origin: string) =>
        fetch(`${discreet.url}${path}`, { method: 'OPTIONS', headers: { origin, ...asked } });
      expect(cors(await preflight('https://app.example'))).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': '600',
        vary: expect.stringContaining('Origin'),
      });
      for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example']) {
        const { vary, ...granted } = cors(await preflight(origin));
        expect(granted).toEqual({});
        expect(vary).toContain('Origin');
      }
    },
  );

  it('can read the refusals and their headers, if they are allowed', async () => {
    const body = { method: 'POST', headers: { origin: 'https://app.example', 'content-type': 'text/plain' }, body: '' };
    const refused = await fetch(`${discreet.url}/graphql`, body);
    expect(refused.status).toBe(400);
    expect(cors(refused)).toMatchObject({ 'access-control-allow-origin': 'https://app.example' });
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/x-request-id,Retry-After/);
  });

  it.each(['/graphql', '/GraphQL', '/anything'])('may not act with a cookie or a form: %s', async (path) => {
    const act = async (headers: Record<string, string>) => {
      const response = await fetch(`${discreet.url}${path}`, { method: 'POST', headers, body: '{}' });
      return { status: response.status, text: await response.text() };
    };
    const origin = 'https://evil.example';
    const forbidden: Record<string, string>[] = [
      { origin, 'content-type': 'text/plain' },
      { origin, 'content-type': 'application/json', cookie: 'session=1' },
      { 'content-type': 'application/json', cookie: 'session=1' },
    ];
    for (const headers of forbidden) {
      expect(await act(headers)).toMatchObject({
        status: 403,
        text: expect.stringContaining('HOLDFAST_ALLOWED_ORIGINS'),
      });
    }
    const own = { origin: discreet.url, 'content-type': 'application/json', cookie: 'session=1' };
    expect((await act(own)).status).not.toBe(403);
    expect((await act({ 'content-type': 'application/json' })).status).not.toBe(403);
  });

  it('leaves hooks to machines, whose address is their permission', async () => {
    const headers = { origin: 'https://evil.example', cookie: 'session=1', 'content-type': 'application/json' };
    expect((await fetch(`${discreet.url}/hooks/x`, { method: 'POST', headers, body: '{}' })).status).toBe(404);
  });
});

describe('a server without introspection', () => {
  const documents: [string, Record<string, unknown>][] = [
    ['{ workflowz { id } }', {}],
    ['query($status: [RunStatus!]) { runs(status: $status) { nodes { id } } }', { status: ['FAILD'] }],
    [
      'mutation($input: RenameWorkflowInput!) { renameWorkflow(input: $input) { workflow { id } } }',
      {
        input: { workflowId: 'x', title: 'x', titel: 'x' },
      },
    ],
    ['{ runs(status: [FAILD]) { nodes { id } } }', {}],
  ];

  it.each(documents)('names nothing that was not asked for: %s', async (query, variables) => {
    const told = await system.api.request(query, variables);
    expect(told.errors?.[0]?.message).toMatch(/Did you mean/);
    const silent = await discreet.api.request(query, variables);
    expect(silent.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(JSON.stringify(silent)).not.toMatch(/Did you mean/);
  });

  it('has no IDE, whose policy would be another', async () => {
    expect((await fetch(`${discreet.url}/ide`)).status).toBe(404);
  });
});
