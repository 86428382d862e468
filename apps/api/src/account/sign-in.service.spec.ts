import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loggedError } from '#libs/engine';
import type { SignInRecords } from '#libs/persistence';
import { hashOf } from '../auth/secret-tokens.js';
import type { ApiEnvironment } from '../environment.js';
import { SignIn } from './sign-in.service.js';

const signIn = 'POST /auth/sign-in/email';
const somebody = { email: 'ada@example.com', password: 'correct horse' };

/** No rows, and none is kept. */
const noRecords = {
  find: async () => [],
  create: async (_model: string, data: object) => data,
  update: async () => 1,
  delete: async () => 0,
  consume: async () => null,
  increment: async () => null,
};

interface Sent {
  headers?: Record<string, string>;
  body?: unknown;
}

interface Answer {
  status: number;
  body: string;
  headers: Map<string, unknown>;
}

/** Answers requests without a network; `null` for those that are passed on. */
function server(settings: Partial<ApiEnvironment> = {}, records: object = noRecords) {
  const environment = {
    auth: 'required',
    authSecret: 'a secret of the tests, which is long enough',
    signUp: 'invitation',
    publicUrl: null,
    port: 4000,
    allowedOrigins: [],
    trustedProxies: [],
    ...settings,
  } as unknown as ApiEnvironment;
  const { handle } = new SignIn(environment, records as SignInRecords);
  return (route: string, { headers = {}, body }: Sent = {}) => {
    const [method, path] = route.split(' ');
    const request = {
      method,
      path,
      url: path,
      headers: { host: 'localhost:4000', ...headers },
      body,
      socket: { remoteAddress: '127.0.0.1' },
      readableEnded: true,
    };
    return answerOf(handle, request);
  };
}

function answerOf(handle: RequestHandler, request: object): Promise<Answer | null> {
  const { promise, resolve } = Promise.withResolvers<Answer | null>();
  const answer: Answer = { status: 200, body: '', headers: new Map() };
  const response = {
    headersSent: false,
    status: (status: number) => Object.assign(response, { statusCode: status }) && response,
    statusCode: 200,
    setHeader: (name: string, value: unknown) => {
      answer.headers.set(name.toLowerCase(), value);
      return response;
    },
    json: (value: unknown) => response.end(JSON.stringify(value)),
    end: (body: string) => resolve({ ...answer, status: response.statusCode, body }),
  };
  handle(request as Parameters<RequestHandler>[0], response as unknown as Parameters<RequestHandler>[1], () =>
    resolve(null),
  );
  return promise;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('bodies', () => {
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '30' }],
    ['a form in chunks', { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' }],
    ['bytes without a type', { 'transfer-encoding': 'chunked' }],
    ['another type, even without a body', { 'content-type': 'text/plain' }],
  ])('that are %s are refused unread', async (_what, headers) => {
    const answer = await server()('POST /auth/sign-out', { headers });
    expect(answer).toMatchObject({ status: 415 });
    expect(answer?.headers.get('connection')).toBe('close');
  });

  it('may be absent, and must be small JSON otherwise', async () => {
    const ask = server();
    const headers = { 'content-type': 'application/json', 'content-length': '9' };
    expect(await ask('POST /auth/sign-out')).toMatchObject({ status: 200 });
    expect(await ask(signIn, { headers, body: somebody })).toMatchObject({ status: 401 });
    for (const email of ['x'.repeat(1_001), 'a\0b', { deep: 1 }]) {
      expect(await ask(signIn, { headers, body: { email } })).toMatchObject({ status: 400 });
    }
  });
});

describe('the list of routes', () => {
  it('holds whatever a client says about the address', async () => {
    const ask = server();
    const headers = { 'x-forwarded-proto': 'http://localhost:4000/auth/ok?', 'x-forwarded-host': 'localhost:4000' };
    expect((await ask('GET /auth/get-session', { headers }))?.body).toBe('null');
    expect(await ask('GET /auth/ok')).toBeNull();
  });

  it('is served at the root of the host, also where the public address has a path', async () => {
    const ask = server({ publicUrl: 'https://example.com/holdfast' });
    const answer = await ask(signIn, { headers: { host: 'example.com', 'content-length': '9' }, body: somebody });
    expect(answer).toMatchObject({ status: 401 });
  });
});

describe('a fault of the database', () => {
  it('is reported without the parameters of the statement', async () => {
    const printed: string[] = [];
    const print = (...words: unknown[]) => void printed.push(inspect(words, { depth: 9 }));
    for (const way of ['log', 'error', 'warn'] as const) vi.spyOn(console, way).mockImplementation(print);
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const find = async (model: string) => {
      if (model === 'user') throw Object.assign(new Error('relation is away'), { parameters: [somebody.email] });
      return [];
    };
    const answer = await server({}, { ...noRecords, find })(signIn, { body: somebody });
    expect(answer?.status).toBe(500);
    expect(printed.join()).not.toContain(somebody.email);
    // The log's serializer of errors drops parameters.
    expect(logged.mock.calls).toMatchObject([[{ msg: 'sign-in failed' }]]);
    expect(JSON.stringify(loggedError(logged.mock.calls[0]?.[0].err))).not.toContain(somebody.email);
  });
});

describe('signing out', () => {
  it('ends the session that was shown, even if another secret signed it', async () => {
    const ended: unknown[] = [];
    const remove = async (_model: string, conditions: unknown) => ended.push(conditions);
    const headers = { cookie: 'holdfast.session_token=shown.c2lnbmF0dXJl', origin: 'http://localhost:4000' };
    const answer = await server({}, { ...noRecords, delete: remove })('POST /auth/sign-out', { headers, body: {} });
    expect(answer?.status).toBe(200);
    expect(ended).toEqual([[{ field: 'token', operator: 'eq', value: hashOf('shown') }]]);
  });
});
