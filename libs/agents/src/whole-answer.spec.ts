import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, wholeAnswer } from './whole-answer.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return new URL(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/`);
}

describe('the answer of a service', () => {
  it('is taken up to its largest size', async () => {
    const url = await serve((_, response) => response.end('é'.repeat(MAX_ANSWER_BYTES / 2)));
    expect((await wholeAnswer(url, {})).body).toHaveLength(MAX_ANSWER_BYTES / 2);
  });

  it('is not read any further once it is larger, and its connection is closed', async () => {
    const closed = Promise.withResolvers<number>();
    const url = await serve((_, response) => {
      let sent = 0;
      const piece = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) break;
        }
      };
      response.on('drain', more);
      response.on('close', () => closed.resolve(sent));
      more();
    });
    await expect(wholeAnswer(url, {})).rejects.toThrow('larger than');
    expect(await closed.promise).toBeLessThan(20 * MAX_ANSWER_BYTES);
  });

  it('is bounded behind compression as well', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 * MAX_ANSWER_BYTES)));
    });
    await expect(wholeAnswer(url, {})).rejects.toThrow('larger than');
  });

  it.each([301, 302, 303, 307, 308])(
    'that points elsewhere is refused, and nobody is asked there (%i)',
    async (status) => {
      let asked = 0;
      const elsewhere = await serve((_, response) => {
        asked += 1;
        response.end('secret');
      });
      const url = await serve((_, response) => response.writeHead(status, { location: elsewhere.href }).end());
      await expect(wholeAnswer(url, { headers: { authorization: 'Bearer x' } })).rejects.toThrow();
      expect(asked).toBe(0);
    },
  );
});
