import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { LOCAL_USER_ID } from '#libs/contracts';
import { Person, password, signInRequired } from '../support/person.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const viewer = '{ viewer { id } account { email role isLocal scopes sessions { id current } } }';

interface ViewerAnswer {
  viewer: { id: string };
  account: {
    email: string;
    role: string;
    isLocal: boolean;
    scopes: string[];
    sessions: { id: string; current: boolean }[];
  };
}

let system: System;
/** Another api on the same database, where nobody has to sign in. */
let local: { url: string };
let workflowId: string;
let ada: Person;

beforeAll(async () => {
  system = await System.start({ apiEnvironment: signInRequired, tokensPerSecond: 20 });
  local = await system.addApi({ HOLDFAST_AUTH: 'local' });
  const input = { prompt: '[[sim: text=3]] Post in Slack', idempotencyKey: 'first' };
  const answer = await new Person(local.url, '').data<{ submitPrompt: { workflow: { id: string } } }>(
    'mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { workflow { id } } }',
    { input },
  );
  workflowId = answer.submitPrompt.workflow.id;
});
afterAll(() => system?.stop());

/** Everything that the server says to somebody who shows nothing, and to somebody who shows nonsense. */
const strangers: [string, Record<string, string>][] = [
  ['without a proof', {}],
  ['with a cookie that is none', { cookie: 'holdfast.session_token=nonsense.signature' }],
  ['with a cookie that cannot be read', { cookie: 'holdfast.session_token=%E0%A4%A' }],
  ['with a token that is none', { authorization: 'Bearer nonsense' }],
  ['with a long token', { authorization: `Bearer ${'x'.repeat(12_000)}` }],
  ['with another scheme', { authorization: 'Basic YWRhOmFkYQ==' }],
];

function ask(path: string, headers: Record<string, string>, body?: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request(`${system.url}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json', origin: system.url }) },
  });
  sent.on('error', reject).on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.end(body);
  return promise;
}

describe('a stranger', () => {
  it.each(strangers)('%s gets no answer over HTTP', async (_what, headers) => {
    const { status, text } = await ask(
      '/graphql',
      headers,
      JSON.stringify({ query: '{ workflows { nodes { id } } }' }),
    );
    expect(text).toContain('"UNAUTHENTICATED"');
    expect(text).not.toContain('wf_');
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it.each(strangers)('%s gets no event stream and no export', async (_what, headers) => {
    const body = JSON.stringify({ query: 'subscription { workflowsChanged { id } }' });
    expect(await ask('/graphql', { ...headers, accept: 'text/event-stream' }, body)).toMatchObject({ status: 401 });
    expect(await ask(`/workflows/${workflowId}/export?format=n8n`, headers)).toMatchObject({ status: 401 });
  });

  it.each(strangers.slice(0, 4))('%s is shown out of a WebSocket', async (_what, headers) => {
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    expect(await closed).toBe(4403);
  });
});

describe('the administrator’s link', () => {
  it('makes one administrator, who owns what the local user owned', async () => {
    const link = await system.administratorLink();
    expect(await (await fetch(`${system.url}/account/options`)).json()).toEqual({ auth: 'required', signUp: false });
    ada = await Person.joins(system.url, link, 'ada@example.com');
    const { viewer: who, account } = await ada.data<ViewerAnswer>(viewer);
    expect(who.id).toBe(LOCAL_USER_ID);
    expect(account).toMatchObject({ email: ada.email, role: 'ADMINISTRATOR', isLocal: false });
    expect(account.sessions).toMatchObject([{ current: true }]);
    const found = await ada.data<{ workflows: { nodes: unknown[] } }>('{ workflows { nodes { id } } }');
    expect(found.workflows.nodes).toEqual([{ id: workflowId }]);
    // Used up.
    const second = await new Person(system.url, 'eve@example.com').accept(link);
    expect(second.status).toBe(404);
    expect(system.apiProcess.output).not.toContain(link.split('/').at(-1));
  });

  it('makes the next administrator a person of their own', async () => {
    const grace = await Person.joins(system.url, await system.administratorLink(), 'grace@example.com');
    const { viewer: who, account } = await grace.data<ViewerAnswer>(viewer);
    expect(who.id).not.toBe(LOCAL_USER_ID);
    expect(account.role).toBe('ADMINISTRATOR');
    expect(await grace.data('{ workflows { nodes { id } } }')).toEqual({ workflows: { nodes: [] } });
  });

  it('refuses an address that is taken, and can then be used with another one', async () => {
    const link = await system.administratorLink();
    expect((await new Person(system.url, 'ADA@example.com').accept(link)).status).toBe(409);
    expect((await new Person(system.url, 'linus@example.com').accept(link, 'short')).status).toBe(400);
    expect((await new Person(system.url, 'linus@example.com').accept(link)).status).toBe(200);
  });

  it('is not written to a log by the page that it opens', async () => {
    const link = await system.administratorLink();
    expect((await fetch(link)).status).toBe(200);
    await until(() => system.apiProcess.output.includes('/invite/[token]'), 'the request is logged');
    expect(system.apiProcess.output).not.toContain(link.split('/').at(-1));
  });
});

describe('a session', () => {
  it('is stored as a hash of its token', async () => {
    const token = decodeURIComponent(ada.cookie.split('=')[1] ?? '').split('.')[0] ?? '';
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(await system.evidence.sessionsWith(token)).toEqual({ clear: 0, hashed: 1 });
  });

  it('is accepted as a bearer token, over HTTP and in connection_init', async () => {
    const authorization = `Bearer ${ada.token}`;
    const answer = await ask('/graphql', { authorization }, JSON.stringify({ query: '{ viewer { id } }' }));
    expect(answer.text).toContain(LOCAL_USER_ID);
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
    const first = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    expect(JSON.parse(first)).toMatchObject({ type: 'connection_ack' });
    socket.close();
  });

  it('ends for an api with another secret', async () => {
    const other = await system.addApi({ HOLDFAST_AUTH_SECRET: 'another secret, which is long enough as well' });
    for (const proof of [{ cookie: ada.cookie }, { authorization: `Bearer ${ada.token}` }]) {
      const headers = { ...proof, 'content-type': 'application/json', origin: other.url };
      const response = await fetch(`${other.url}/graphql`, {
        method: 'POST',
        headers,
        body: '{"query":"{viewer{id}}"}',
      });
      expect(await response.text()).toContain('UNAUTHENTICATED');
    }
    expect((await ada.data<ViewerAnswer>(viewer)).viewer.id).toBe(LOCAL_USER_ID);
  });

  it('is not used when the caller says something else that is wrong', async () => {
    const headers = { cookie: ada.cookie, authorization: 'Bearer nonsense' };
    const answer = await ask('/graphql', headers, JSON.stringify({ query: '{ viewer { id } }' }));
    expect(answer.text).toContain('UNAUTHENTICATED');
  });

  it('is refreshed without its token being replaced by its hash', async () => {
    const options = { headers: { cookie: ada.cookie } };
    await system.evidence.ageSessions(ada.email, 5);
    const response = await fetch(`${system.url}/auth/get-session`, options);
    expect(await response.text()).not.toContain('"token"');
    const refreshed = (response.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
    expect(refreshed).toBe(ada.cookie);
    expect((await ada.data<ViewerAnswer>(viewer)).viewer.id).toBe(LOCAL_USER_ID);
  });

  it('belongs to nobody else: a stranger’s id ends nothing', async () => {
    const bob = await Person.joins(system.url, await system.administratorLink(), 'bob@example.com');
    const [own] = (await ada.data<ViewerAnswer>(viewer)).account.sessions;
    const end = 'mutation($input: EndSessionsInput!) { endSessions(input: $input) { userErrors { code } } }';
    const input = { sessionId: own?.id };
    expect(await bob.data(end, { input })).toEqual({ endSessions: { userErrors: [{ code: 'NOT_FOUND' }] } });
    expect((await ada.data<ViewerAnswer>(viewer)).viewer.id).toBe(LOCAL_USER_ID);
  });
});

describe('signing in', () => {
  it('refuses a wrong password and an unknown address in the same words', async () => {
    const answers = await Promise.all(
      ['ada@example.com', 'nobody@example.com'].map(async (email) => {
        const response = await new Person(system.url, email).post('/auth/sign-in/email', {
          email,
          password: 'wrong one!',
        });
        return { status: response.status, body: await response.text() };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(401);
  });

  it('refuses a page of another site', async () => {
    const response = await fetch(`${system.url}/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
      body: JSON.stringify({ email: ada.email, password }),
    });
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('offers no other route of the library, and no sign-up', async () => {
    for (const path of [
      '/auth/sign-up/email',
      '/auth/revoke-sessions',
      '/auth/request-password-reset',
      '/auth/update-user',
    ]) {
      const body = { email: 'eve@example.com', name: 'Eve', password, token: 'x' };
      expect((await ada.post(path, body)).status, path).toBe(404);
    }
  });
});

describe('the routes of sign-in', () => {
  it('read no body that is not JSON, however it is sent', async () => {
    for (const path of ['/auth/sign-in/email', '/auth/sign-out']) {
      const { promise, resolve } = Promise.withResolvers<number>();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' };
      const sent = request(`${system.url}${path}`, { method: 'POST', headers });
      // The end never comes: the answer does not wait for it, and the connection ends.
      sent.on('error', () => undefined).on('response', ({ statusCode }) => resolve(statusCode ?? 0));
      sent.write('email=');
      expect(await promise, path).toBe(415);
      sent.destroy();
    }
  });

  it('are the only ones, whatever address a client claims', async () => {
    const headers = { 'x-forwarded-proto': `${system.url}/auth/ok?`, 'x-forwarded-host': 'example.com' };
    expect(await ask('/auth/get-session', headers)).toEqual({ status: 200, text: 'null' });
  });
});

describe('when an identity ends', () => {
  /** Follows a workflow over a WebSocket; collects frames with the time of each. */
  async function follower(person: Person) {
    const input = { prompt: `[[sim: text=4000]] Post in Slack`, idempotencyKey: crypto.randomUUID() };
    const { submitPrompt } = await person.data<{ submitPrompt: { workflow: { id: string } } }>(
      'mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { workflow { id } } }',
      { input },
    );
    const payload = {
      query: 'subscription($id: ID!) { workflowStream(workflowId: $id) { cursor } }',
      variables: { id: submitPrompt.workflow.id },
    };
    const headers = {
      cookie: person.cookie,
      origin: system.url,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    };
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    const seen = { frames: 0, closed: 0, code: 0, events: 0, ended: false };
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      if (String(data).includes('connection_ack')) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      seen.frames += 1;
    });
    socket.on('close', (code) => Object.assign(seen, { code, closed: seen.frames }));
    const response = await fetch(`${system.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(payload) });
    const reader = response.body?.getReader();
    void (async () => {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) seen.events += 1;
      seen.ended = true;
    })().catch(() => {
      seen.ended = true;
    });
    await until(() => seen.frames > 5 && seen.events > 5, 'both streams flow');
    return seen;
  }

  const ends: [string, (person: Person) => Promise<unknown>][] = [
    ['signed out', (person) => person.post('/auth/sign-out', {})],
    ['signed out everywhere', (person) => person.data('mutation { endSessions(input: {}) { userErrors { code } } }')],
    ['expired', ({ email }) => system.evidence.ageSessions(email, 31)],
    ['disabled', ({ email }) => system.evidence.disableUser(email)],
  ];

  it.each(ends)('because it is %s, its open streams end within 5 seconds, and nothing follows', async (name, end) => {
    const email = `${name.replaceAll(' ', '-')}@example.com`;
    const person = await Person.joins(system.url, await system.administratorLink(), email);
    const seen = await follower(person);
    const startedAt = performance.now();
    await end(person);
    await until(() => seen.code !== 0 && seen.ended, 'both streams have ended', 5_000);
    expect(performance.now() - startedAt).toBeLessThan(5_500);
    expect(seen.code).toBe(4403);
    expect((await person.request('{ viewer { id } }')).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(seen.frames).toBe(seen.closed);
  });

  it('because its user is disabled, the right password opens nothing either', async () => {
    const person = new Person(system.url, 'disabled@example.com');
    expect((await person.signIn()).status).toBe(403);
    expect(person.cookie).toBe('');
  });
});

// Last, because it uses up what this address may try.
describe('guessing a password', () => {
  it('is slowed down', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 60 && !statuses.includes(429); guess += 1) {
      statuses.push((await new Person(system.url, 'grace@example.com').signIn(`guess number ${guess}`)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.slice(0, -1).every((status) => status === 401)).toBe(true);
  });
});
