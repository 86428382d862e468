import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;
let sites: { foreign: Site; allowed: Site };

interface Site {
  origin: string;
  server: Server;
}

const mutation = JSON.stringify({
  query: 'mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { workflow { id } } }',
  variables: { input: { prompt: 'Every day at 9 post a message in Slack' } },
});

/** A page on another port of the same host. To browsers this is the same site, so even strict cookies go along. */
async function site(): Promise<Site> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<body>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

beforeAll(async () => {
  sites = { foreign: await site(), allowed: await site() };
  const apiEnvironment = { HOLDFAST_ALLOWED_ORIGINS: sites.allowed.origin };
  system = await System.start({ workers: 0, apiEnvironment });
  browser = await Browser.launch();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  for (const { server } of Object.values(sites ?? {})) server.close();
});

/** A page whose browser holds a cookie of the api; with the cookies that went along with its requests to the api. */
async function visit(origin: string): Promise<{ page: Page; sent: string[] }> {
  const sent: string[] = [];
  const page = await browser.open(origin, async (opened) => {
    await opened.context().addCookies([{ name: 'session', value: 'secret', url: system.url, sameSite: 'Lax' }]);
    opened.on('request', async (request) => {
      if (!request.url().startsWith(system.url) || request.method() !== 'POST') return;
      const { cookie } = await request.allHeaders().catch(() => ({ cookie: '' }));
      if (cookie) sent.push(cookie);
    });
  });
  return { page, sent };
}

const workflows = async () =>
  (await system.api.data<{ workflows: { nodes: unknown[] } }>('{ workflows { nodes { id } } }')).workflows.nodes;
const refusals = () => system.apiProcess.output.split('\n').filter((line) => line.includes('"foreign page refused"'));

describe('a page of another site', () => {
  it('cannot act with the cookie of the person who looks at it, by any way that needs no permission', async () => {
    const { page, sent } = await visit(sites.foreign.origin);
    const endpoint = `${system.url}/graphql`;
    await page.evaluate(`(async (url, body) => {
      // The answer is kept from the page, but the request is made.
      await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => undefined);
      navigator.sendBeacon(url, body);
      const form = document.createElement('form');
      Object.assign(form, { method: 'POST', action: url, enctype: 'text/plain', target: 'hidden' });
      const frame = document.createElement('iframe');
      frame.name = 'hidden';
      const field = document.createElement('input');
      field.name = body;
      form.append(field);
      document.body.append(frame, form);
      form.submit();
    })(${JSON.stringify(endpoint)}, ${JSON.stringify(mutation)})`);
    await until(() => refusals().length >= 3, 'the api has refused all three');
    expect(refusals().map((line) => JSON.parse(line).origin)).toEqual(Array(3).fill(sites.foreign.origin));
    await until(() => sent.length >= 1, 'the browser is known to have sent the cookie');
    expect(sent[0]).toBe('session=secret');
    expect(await workflows()).toEqual([]);
    await page.close();
  });

  it('gets no permission for more, no answer to read and no socket', async () => {
    const { page } = await visit(sites.foreign.origin);
    const outcomes = await page.evaluate(
      async ([url, body]) => {
        const told = (answer: Promise<unknown>) => answer.then(String, (error: Error) => error.name);
        const json = { 'content-type': 'application/json' };
        const credentials = 'include' as const;
        const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
        return Promise.all([
          told(fetch(url, { method: 'POST', headers: json, body, credentials })),
          told(fetch(url, { method: 'POST', headers: { authorization: 'Bearer x' }, body, credentials })),
          told(fetch(`${url}?query={viewer{id}}`, { headers: { 'apollo-require-preflight': '1' }, credentials })),
          told(fetch(`${url}?query={viewer{id}}`, { credentials })),
          new Promise((resolve) => {
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
          }),
        ]);
      },
      [`${system.url}/graphql`, mutation] as const,
    );
    expect(outcomes).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError', 'refused']);
    expect(await workflows()).toEqual([]);
    await page.close();
  });
});

describe('a page of an allowed origin', () => {
  it('acts with the cookie, and reads the headers that clients need', async () => {
    const { page } = await visit(sites.allowed.origin);
    const before = refusals().length;
    const outcome = await page.evaluate(
      async ([url, body]) => {
        const json = { 'content-type': 'application/json' };
        const answer = await fetch(url, { method: 'POST', headers: json, body, credentials: 'include' });
        const plain = await fetch(url, { method: 'POST', body: '{}', credentials: 'include' });
        const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
        const opened = await new Promise((resolve) => {
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        });
        socket.close();
        return {
          data: await answer.json(),
          requestId: answer.headers.get('x-request-id'),
          plain: plain.status,
          opened,
        };
      },
      [`${system.url}/graphql`, mutation] as const,
    );
    expect(outcome).toMatchObject({
      data: { data: { submitPrompt: { workflow: { id: expect.stringMatching(/^wf_/) } } } },
      requestId: expect.any(String),
      // Refused for its type, not for its origin.
      plain: 400,
      opened: 'open',
    });
    expect(refusals()).toHaveLength(before);
    expect(await workflows()).toHaveLength(1);
    await page.close();
  });
});
