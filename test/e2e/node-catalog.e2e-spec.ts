import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeCatalogClient } from '#libs/agents';
import { System } from '../support/system.ts';

const token = 'the-service-token-of-this-suite';
let system: System;

beforeAll(async () => {
  system = await System.start({ workers: 0, environment: { HOLDFAST_SERVICE_TOKEN: token } });
});
afterAll(() => system?.stop());

function ask(query: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${system.url}/internal/node-types?${query}`, { headers });
}

describe('the internal catalogue of node types', () => {
  it.each<[string, Record<string, string>]>([
    ['without a token', {}],
    ['with a wrong token', { authorization: `Bearer ${token}x` }],
    ['with an empty token', { authorization: 'Bearer ' }],
    ['with the token under another scheme', { authorization: `Basic ${token}` }],
    ['with the token in another header', { 'x-service-token': token }],
  ])('is closed %s', async (_, headers) => {
    const answer = await ask('query=slack', headers);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toMatch(/action\.|trigger\./);
  });

  it('answers who knows the token, with no more types than were asked for, best first', async () => {
    const answer = await ask('query=slack&limit=1', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    const { types } = (await answer.json()) as { types: { type: string }[] };
    expect(types).toHaveLength(1);
    expect(types[0]?.type).toBe('action.slack');
  });

  it.each(['limit=0', 'limit=101', 'limit=many', 'limit=1.5', `query=${'x'.repeat(501)}`])(
    'refuses %.20s as bad input',
    async (query) => {
      expect((await ask(query, { authorization: `Bearer ${token}` })).status).toBe(400);
    },
  );

  it('understands the client that agents use', async () => {
    const client = createNodeCatalogClient({ apiUrls: [system.url], serviceToken: token });
    const types = await client.search('send an email', 2, new AbortController().signal);
    expect(types.map(({ type }) => type)).toContain('action.email');
    expect(types).toHaveLength(2);
  });
});
