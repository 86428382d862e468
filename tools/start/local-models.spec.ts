import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findLocalServer, howToUse } from './local-models.ts';

const servers: Server[] = [];

async function serve(answer: string, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(answer));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('a model server on this machine', () => {
  it('is found, with a model that can be used, and one line says how', async () => {
    const baseUrl = await serve(JSON.stringify({ data: [{ id: 'nomic-embed-text' }, { id: 'qwen3:8b' }] }));
    const found = await findLocalServer([
      { name: 'Nobody', baseUrl: 'http://127.0.0.1:1/v1' },
      { name: 'Ollama', baseUrl },
    ]);
    expect(found && howToUse(found)).toBe(
      `Ollama runs on this machine. To use it:  OPENAI_BASE_URL=${baseUrl} HOLDFAST_MODEL=qwen3:8b npm start`,
    );
  });

  it('is told of without a name that could not be pasted', async () => {
    const baseUrl = await serve(JSON.stringify({ data: [{ id: '$(rm -rf ~)' }, { id: 7 }, null] }));
    expect(await findLocalServer([{ name: 'Odd', baseUrl }])).toBeNull();
    const other = await serve(JSON.stringify({ data: [{ id: '$(rm -rf ~)' }] }));
    const found = await findLocalServer([{ name: 'Odd', baseUrl: other }]);
    expect(found && howToUse(found)).toContain('HOLDFAST_MODEL=<a model of it> npm start');
  });

  it.each([
    ['no JSON', '<html>', 200],
    ['no list', '{}', 200],
    ['a refusal', '{"data":[]}', 404],
  ])('is none that answers with %s', async (_what, answer, status) => {
    expect(await findLocalServer([{ name: 'Other', baseUrl: await serve(answer, status) }])).toBeNull();
  });

  it('is not waited for when it does not answer', async () => {
    const server = createServer(() => undefined);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    expect(await findLocalServer([{ name: 'Silent', baseUrl }])).toBeNull();
  });
});
