import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';

let system: System;
let scripts: string[];

beforeAll(async () => {
  system = await System.start({ workers: 0 });
  const page = (await ask('/')).body.toString();
  scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
});

afterAll(() => system?.stop());

async function ask(path: string, encoding?: string): Promise<{ headers: IncomingMessage['headers']; body: Buffer }> {
  const headers = encoding === undefined ? {} : { 'accept-encoding': encoding };
  const [response] = (await once(get(new URL(path, system.url), { headers }), 'response')) as [IncomingMessage];
  return { headers: response.headers, body: Buffer.concat(await response.toArray()) };
}

describe('the assets of the page', () => {
  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip;q=0, br;q=0.5', 'br', brotliDecompressSync],
  ])('are sent compressed to a client that accepts %s', async (accepted, encoding, decompress) => {
    expect(scripts.length).toBeGreaterThan(1);
    for (const path of scripts) {
      const plain = await ask(path);
      const { headers, body } = await ask(path, accepted);
      expect(headers).toMatchObject({ 'content-encoding': encoding, vary: expect.stringContaining('Accept-Encoding') });
      expect(headers['content-type']?.toLowerCase()).toBe(plain.headers['content-type']?.toLowerCase());
      expect(decompress(body).equals(plain.body)).toBe(true);
      expect(body.length).toBeLessThan(plain.body.length / 2);
    }
  });

  it('are sent as they are to a client that accepts no compression, and may be kept for ever', async () => {
    for (const path of scripts) {
      const { headers } = await ask(path, 'identity');
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers.vary).toContain('Accept-Encoding');
    }
  });

  it('are asked for anew with each version of the page', async () => {
    expect((await ask('/', 'br')).headers['cache-control']).toBe('no-cache');
  });
});
