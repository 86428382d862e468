import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RetryableError } from '#libs/engine';
import { createNodeCatalogClient } from './node-catalog-client.js';

const serviceToken = 'token-of-the-service';
let server: Server | undefined;
let asked: IncomingMessage[];

/** A catalogue that answers every request with this. */
async function catalog(status: number, body: string) {
  asked = [];
  const started = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return createNodeCatalogClient({ apiUrls: [`http://127.0.0.1:${port}`], serviceToken });
}

const signal = () => new AbortController().signal;
const found = {
  type: 'action.slack',
  kind: 'slack',
  category: 'action',
  title: 'Slack',
  description: 'Posts a message.',
  parameters: [{ name: 'channel', type: 'string', required: true, description: 'Where to.' }],
};

describe('the client of the node catalogue', () => {
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('asks with the token and gives what was found', async () => {
    const client = await catalog(200, JSON.stringify({ types: [found] }));
    expect(await client.search('post a & message', 5, signal())).toEqual([found]);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${serviceToken}`);
    expect(asked[0]?.url).toBe('/internal/node-types?query=post+a+%26+message&limit=5');
  });

  it('wants another try when the catalogue is not well', async () => {
    const client = await catalog(503, '{}');
    await expect(client.search('x', 5, signal())).rejects.toBeInstanceOf(RetryableError);
  });

  it('wants another try when nobody listens', async () => {
    const client = await catalog(200, '{}');
    await new Promise((resolve) => server?.close(resolve));
    await expect(client.search('x', 5, signal())).rejects.toBeInstanceOf(RetryableError);
  });

  it('wants another try when the answer breaks off', async () => {
    const client = await catalog(200, '{"types":[');
    server?.removeAllListeners('request').on('request', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"types":[', () => response.destroy());
    });
    await expect(client.search('x', 5, signal())).rejects.toBeInstanceOf(RetryableError);
  });

  it('does not ask again when it was turned away, and does not tell its token', async () => {
    const client = await catalog(401, '{}');
    const failure = await client.search('x', 5, signal()).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(RetryableError);
    expect(failure).toMatchObject({ message: 'The catalogue answered 401.' });
    expect(asked).toHaveLength(1);
  });

  it.each(['{"types":[{"type":"action.slack"}]}', '{"types":"all"}', '[]', 'not JSON'])(
    'refuses an answer of another shape: %s',
    async (body) => {
      const client = await catalog(200, body);
      const failure = await client.search('x', 5, signal()).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(RetryableError);
    },
  );

  it('passes on that it was aborted', async () => {
    const client = await catalog(200, '{"types":[]}');
    const reason = new Error('the run was canceled');
    await expect(client.search('x', 5, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
