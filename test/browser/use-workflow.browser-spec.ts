import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { until } from '../support/until.ts';

/** How long a session waits for a frame before it renders without one. */
const UNPAINTED_MS = 250;
let server: Server;
let browser: Browser;
let page: Page;

/** The page's script, with React and the client's sources in it. */
async function bundledPage(): Promise<string> {
  const entry = fileURLToPath(new URL('../../libs/client/testing/use-workflow.page.ts', import.meta.url));
  const bundles = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'page' } },
  });
  const [bundle] = Array.isArray(bundles) ? bundles : [];
  const [script] = bundle?.output ?? [];
  if (!script) throw new Error('The page was not built.');
  return script.code;
}

beforeAll(async () => {
  const script = await bundledPage();
  server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<link rel="icon" href="data:,"><div id="root"></div><script src="/page.js"></script>',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await Browser.launch();
  page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

const counted = () => page.evaluate<{ renders: number; frames: number }>('({ ...counted })');
const shows = (text: string) =>
  until(async () => (await page.locator('#root').innerText()) === text, `the page shows ${text}`);

describe('useWorkflow', () => {
  it('renders all batches of one task once', async () => {
    await shows('0');
    // Being live is shown by a render of its own.
    await page.evaluate('send(1)');
    await shows('1');
    const before = await counted();
    await page.evaluate('send(499)');
    await shows('500');
    expect((await counted()).renders - before.renders).toBe(1);
  });

  it('renders at most once a frame however many batches come between two frames', async () => {
    const before = await counted();
    const startedAt = performance.now();
    await shows(String(await page.evaluate<number>('sendInTasks(5000, 5)')));
    const after = await counted();
    // Where the browser paints none for a while, a timer takes over.
    const unpainted = Math.floor((performance.now() - startedAt) / UNPAINTED_MS);
    expect(after.renders - before.renders).toBeLessThanOrEqual(after.frames - before.frames + unpainted);
    expect(after.renders - before.renders).toBeGreaterThan(1);
    expect(browser.complaints).toEqual([]);
  });
});
