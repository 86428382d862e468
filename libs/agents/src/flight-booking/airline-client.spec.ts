import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RetryableError } from '#libs/engine';
import { type AirlineClient, createAirlineClient } from './airline-client.js';

let server: Server | undefined;

async function airline(listener: RequestListener): Promise<AirlineClient> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  return createAirlineClient(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`);
}

const signal = () => new AbortController().signal;

const requests: [string, (client: AirlineClient) => Promise<unknown>][] = [
  ['a search', (client) => client.search('Berlin', 'Oslo', '2026-12-01', signal())],
  ['a quote', (client) => client.quote('flight', 1, signal())],
  ['a booking', (client) => client.book({ flightId: 'f', passengers: 1, maxTotalCents: 1 }, 'key', signal())],
];

describe.each(requests)('%s', (_what, ask) => {
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('wants another try when the airline is not well', async () => {
    const client = await airline((_request, response) => response.writeHead(503).end());
    await expect(ask(client)).rejects.toBeInstanceOf(RetryableError);
  });

  it('wants another try when the answer breaks off', async () => {
    const client = await airline((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{', () => response.destroy());
    });
    await expect(ask(client)).rejects.toBeInstanceOf(RetryableError);
  });
});
