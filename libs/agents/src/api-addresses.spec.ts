import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiAddresses } from './api-addresses.js';

const servers: (Server | TcpServer)[] = [];
const sockets: { destroy(): void }[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An api that answers with its name and records which one was asked. */
async function api(name: string, asked: string[] = [], status = 200) {
  const server = createServer((_request, response) => {
    asked.push(name);
    response.writeHead(status).end(name);
  });
  return { url: await listening(server), server };
}

async function gone(): Promise<string> {
  const { url, server } = await api('gone');
  await new Promise((resolve) => server.close(resolve));
  return url;
}

const init = () => ({ signal: new AbortController().signal });

describe('several addresses of the api', () => {
  it('are asked in turn until one answers, which is asked first from then on', async () => {
    const asked: string[] = [];
    const unwell = await api('unwell', asked, 503);
    const well = await api('well', asked);
    const addresses = new ApiAddresses([await gone(), unwell.url, well.url, well.url]);
    expect(await addresses.ask('/x', init())).toMatchObject({ status: 200, body: 'well' });
    expect(await addresses.ask('/x', init())).toMatchObject({ body: 'well' });
    expect(asked).toEqual(['unwell', 'well', 'well']);
  });

  it('pass over one that takes the request and says nothing, after a time, also in the middle of an answer', async () => {
    const silent = await listening(createTcpServer((socket) => socket.on('error', () => undefined).resume()));
    const halting = await listening(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{');
      }),
    );
    const { url } = await api('well');
    const addresses = new ApiAddresses([silent, halting, url], 100);
    expect(await addresses.ask('/x', init())).toMatchObject({ body: 'well' });
  });

  it('are not asked further by an answer that says no', async () => {
    const asked: string[] = [];
    const no = await api('no', asked, 404);
    const other = await api('other', asked);
    expect(await new ApiAddresses([no.url, other.url]).ask('/x', init())).toMatchObject({ status: 404 });
    expect(asked).toEqual(['no']);
  });

  it('tell why the last one did not answer when none does', async () => {
    const unwell = await api('unwell', [], 500);
    await expect(new ApiAddresses([await gone(), unwell.url]).ask('/x', init())).rejects.toThrow(/answered 500/);
  });

  it('are left alone by whoever has left', async () => {
    const asked: string[] = [];
    const silent = await listening(createTcpServer((socket) => socket.on('error', () => undefined).resume()));
    const { url } = await api('well', asked);
    const leave = new AbortController();
    const answer = new ApiAddresses([silent, url]).ask('/x', { signal: leave.signal });
    const reason = new Error('the run was canceled');
    leave.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(asked).toEqual([]);
  });

  it('may be one name that has several, some of which nobody listens at', async () => {
    const { url } = await api('well');
    const records = ['127.0.0.2', '127.0.0.3', '127.0.0.1'].map((address) => ({ address, family: 4 }));
    vi.spyOn(dns, 'lookup').mockImplementation(((
      _name: string,
      _options: object,
      done: (...answer: unknown[]) => void,
    ) => {
      done(null, records);
    }) as typeof dns.lookup);
    const named = url.replace('127.0.0.1', 'api.test');
    expect(await new ApiAddresses([named]).ask('/x', init())).toMatchObject({ body: 'well' });
  });
});
