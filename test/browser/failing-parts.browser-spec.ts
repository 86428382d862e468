import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
let browser: Browser;
const servers: Server[] = [];

beforeAll(async () => {
  browser = await Browser.launch();
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function servePage(entry: string): Promise<string> {
  const bundles = await build({
    configFile: false,
    root: projectRoot,
    logLevel: 'error',
    // Vitest's own mode would ask for React's development build.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: { alias: [{ find: /^#libs\/([\w-]+)$/, replacement: `${projectRoot}libs/$1/src/index.ts` }] },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'page' } },
  });
  const [bundle] = Array.isArray(bundles) ? bundles : [];
  const script = bundle?.output.find((output) => output.type === 'chunk');
  if (script?.type !== 'chunk') throw new Error('The page was not built.');
  return listening(
    createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
      response.end(
        isScript
          ? script.code
          : '<!doctype html><html lang="en"><title>Parts</title><link rel="icon" href="data:,"><main><h1>Parts</h1><div id="root"></div></main><script src="/page.js"></script>',
      );
    }),
  );
}

async function bodyOf(request: IncomingMessage): Promise<{ stream?: boolean; tools?: unknown[]; messages: unknown[] }> {
  let text = '';
  for await (const piece of request) text += piece;
  return JSON.parse(text);
}

const long = 'what does not fit into one line '.repeat(20);
/** With everything that Markdown can make wider than a page. */
const afterwards = `After the call.\n\n\`\`\`json\n{ "long": "${long}" }\n\`\`\`\n\n| one | two |\n| --- | --- |\n| ${'word '.repeat(40)} | ${'w'.repeat(200)} |\n`;

/** A model that calls a tool by a name that every object has, and then says a sentence. */
function oddModel(): Server {
  return createServer(async (request, response) => {
    const { stream, tools, messages } = await bodyOf(request);
    const calls = Boolean(tools) && !JSON.stringify(messages).includes('"tool_call_id"');
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: '__proto__', arguments: '{}' } };
    const said = calls ? { content: 'Before the call. ', tool_calls: [call] } : { content: afterwards };
    const finish_reason = calls ? 'tool_calls' : 'stop';
    const head = { id: 'c', created: 1, model: 'odd' };
    if (!stream) {
      response.setHeader('content-type', 'application/json');
      const choices = [{ index: 0, finish_reason, message: { role: 'assistant', ...said } }];
      response.end(JSON.stringify({ ...head, object: 'chat.completion', choices }));
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    for (const choice of [
      { index: 0, delta: { role: 'assistant', ...said } },
      { index: 0, delta: {}, finish_reason },
    ]) {
      response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [choice] })}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  });
}

describe('a part that cannot be drawn', () => {
  it('says so in its place and leaves the rest of the conversation alone', async () => {
    const page = await browser.open(
      await servePage(fileURLToPath(new URL('../../apps/web/testing/failing-parts.page.tsx', import.meta.url))),
    );
    await page.getByText('Before the odd part.').waitFor();
    await page.getByText('After the odd part.').waitFor();
    const notes = page.getByTestId('not-shown');
    expect(await notes.count()).toBe(3);
    expect(await notes.nth(0).innerText()).toContain('This message can’t be shown.');
    expect(await notes.nth(1).innerText()).toContain('This part of the answer can’t be shown.');
    await notes.nth(1).getByText('What happened').click();
    expect(await notes.nth(1).innerText()).toMatch(/trim/);
    await expectAccessible(page);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});

describe('a call of a tool that is named like a property of every object', () => {
  let system: System;

  beforeAll(async () => {
    const model = await listening(oddModel());
    const environment = { OPENAI_BASE_URL: `${model}/v1`, HOLDFAST_MODEL: 'odd', HOLDFAST_MODEL_API: 'chat' };
    system = await System.start({ environment });
  });

  afterAll(() => system?.stop());

  async function expectWhole(page: Page): Promise<void> {
    await page.getByText('Before the call.').first().waitFor();
    await page.getByText('After the call.').first().waitFor();
    await page.locator('[data-testid=tool-card][data-tool=__proto__]').first().waitFor();
    expect(await page.getByTestId('prompt-text').innerText()).toBe('Do something odd');
    await page.getByLabel('Canvas', { exact: true }).waitFor();
  }

  it('is shown like any other, also after a reload', async () => {
    const page = await browser.open(system.url);
    await page.getByTestId('prompt-input').fill('Do something odd');
    await page.getByTestId('submit').click();
    await page.waitForURL(/\/w\/wf_/);
    await until(
      async () => /IDLE|FAILED/.test((await page.getByTestId('status').first().getAttribute('data-status')) ?? ''),
      'the run is over',
      60_000,
    );
    await expectWhole(page);
    await page.reload();
    await expectWhole(page);
    await expectAccessible(page);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
