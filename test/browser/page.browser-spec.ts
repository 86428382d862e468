import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { canvasMoments, nodePlaces, watchCanvas } from '../support/canvas-moments.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const weekly = 'Every Monday at 8, pull orders from Postgres, summarise them and email sales.';
let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 60, links: true });
  browser = await Browser.launch();
});

afterEach(() => system.links.catalog.mend());

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const statusOf = (page: Page) => page.getByTestId('status').first().getAttribute('data-status');
const waitForIdle = (page: Page) =>
  until(async () => (await statusOf(page)) === 'IDLE', 'the page says that the workflow is ready', 90_000);
const workflowIdOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) ?? '';

async function attributesOf(elements: Locator, name: string): Promise<(string | null)[]> {
  return Promise.all((await elements.all()).map((element) => element.getAttribute(name)));
}

async function submit(prompt: string): Promise<Page> {
  const page = await browser.open(system.url);
  await page.getByTestId('prompt-input').fill(prompt);
  await page.getByTestId('submit').click();
  await page.waitForURL(/\/w\/wf_/);
  return page;
}

async function followUp(page: Page, prompt: string): Promise<void> {
  await page.getByTestId('prompt-input').fill(prompt);
  await page.getByTestId('submit').click();
  // With the prompt, the page shows that its run goes on.
  await page.getByTestId('prompt-text').getByText(prompt).waitFor();
}

describe('the start page', () => {
  it('writes an example into the field and sends it on Enter', async () => {
    const page = await browser.open(system.url);
    const example = page.getByTestId('example').first();
    const prompt = (await example.getAttribute('title')) ?? '';
    await example.click();
    expect(await page.getByTestId('prompt-input').inputValue()).toBe(prompt);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/w\/wf_/);
    expect(await page.getByTestId('prompt-text').innerText()).toBe(prompt);
    await page.close();
  });
});

describe('the way from the start page to a workflow', () => {
  it('is never blank, even while the code of the workflow page is on its way', async () => {
    const arrived = Promise.withResolvers<void>();
    const page = await browser.open(system.url, (blank) =>
      blank.route(/builder-page/, async (route) => {
        await arrived.promise;
        await route.continue();
      }),
    );
    await page.getByTestId('prompt-input').fill(weekly);
    await page.getByTestId('submit').click();
    await page.waitForURL(/\/w\/wf_/);
    await page.getByRole('heading', { name: 'Opening a workflow' }).waitFor();
    expect(await page.locator('.skeleton').first().isVisible()).toBe(true);
    arrived.resolve();
    await page.getByTestId('prompt-text').getByText(weekly).waitFor();
    await page.close();
  });

  it('asks for the code of the workflow page before anything is submitted', async () => {
    const asked: string[] = [];
    const page = await browser.open(system.url, async (blank) =>
      blank.on('request', (request) => asked.push(request.url())),
    );
    await until(() => asked.some((url) => url.includes('builder-page')), 'the code is asked for');
    await page.close();
  });
});

describe('an address that leads nowhere', () => {
  it('has a page that says so, and its status', async () => {
    expect((await fetch(`${system.url}/zzz`, { headers: { accept: 'text/html' } })).status).toBe(404);
    expect((await fetch(`${system.url}/zzz`)).headers.get('content-type')).toMatch(/json/);
    const page = await browser.open(`${system.url}/zzz`);
    await page.getByTestId('not-found').getByText('Page not found').waitFor();
    await page.close();
  });
});

describe('a workflow that is being built', () => {
  it('shows what the model thinks and which tools it calls, and opens them', async () => {
    const page = await submit(weekly);
    await page.getByTestId('reasoning').first().waitFor();
    await waitForIdle(page);
    const cards = page.getByTestId('tool-card');
    expect(await attributesOf(cards, 'data-state')).not.toContain('failed');
    for (const tool of ['searchNodeTypes', 'addNodes', 'connectNodes', 'validateGraph']) {
      expect(await page.locator(`[data-testid=tool-card][data-tool=${tool}]`).count()).toBeGreaterThan(0);
    }
    await cards.first().locator('summary').click();
    await cards.first().getByText('Input', { exact: true }).waitFor();
    const thought = page.getByTestId('reasoning').first();
    const before = (await thought.innerText()).length;
    await thought.getByRole('button').click();
    expect((await thought.innerText()).length).toBeGreaterThan(before);
    await expectAccessible(page);
    await page.close();
  });

  it('never moves a node that stands while others come, in the first run and in a follow-up', async () => {
    // Seconds between the first nodes and the next: no page is so slow as to show them at once.
    const page = await submit(`[[sim: tps=10 call=3]] ${weekly}`);
    await watchCanvas(page);
    await waitForIdle(page);
    await followUp(page, 'Add an approval before the email.');
    await waitForIdle(page);
    const known: Record<string, string> = {};
    const sizes = new Set<number>();
    for (const { status, places } of await canvasMoments(page)) {
      if (status !== 'GENERATING') continue;
      expect(places).toMatchObject(known);
      Object.assign(known, places);
      sizes.add(Object.keys(places).length);
    }
    expect(sizes.size).toBeGreaterThan(1);
    expect(Object.keys(known).length).toBeGreaterThan(2);
    // The approval was placed in the column of the email: what ended is shown so that it reads from left to right.
    const isTidied = async () => {
      const places = await nodePlaces(page);
      return Object.entries(known).some(([id, place]) => places[id] !== place);
    };
    await until(isTidied, 'what ended is shown from left to right');
    const tidied = await nodePlaces(page);
    await page.getByRole('button', { name: 'Undo tidy' }).click();
    await until(async () => !(await isTidied()), 'the nodes are back');
    await page.getByRole('button', { name: 'Tidy this view' }).click();
    await until(async () => JSON.stringify(await nodePlaces(page)) === JSON.stringify(tidied), 'the nodes are tidied');
    await page.close();
  });

  it('shows exactly the text that is stored, also after a refresh', async () => {
    const page = await submit(weekly);
    await until(async () => (await page.getByTestId('tool-card').count()) > 0, 'something is shown');
    await page.reload();
    await waitForIdle(page);
    const shown = () => attributesOf(page.getByTestId('message-text'), 'data-plain-text');
    const live = await shown();
    await page.reload();
    await waitForIdle(page);
    const stored = (await system.api.workflow(workflowIdOf(page)))?.messages
      .filter((message) => message.role === 'assistant')
      .map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));
    expect(stored?.[0]).toMatch(/\w+/);
    expect(live).toEqual(stored);
    expect(await shown()).toEqual(stored);
    await page.close();
  });

  it('says why nothing moves while a call waits to be tried again, also after a refresh', async () => {
    const page = await submit(`[[sim: status=429 retry-after=60 times=1]] ${weekly}`);
    await page.getByTestId('attempt-failed').waitFor();
    await page.reload();
    const note = page.getByTestId('attempt-failed');
    await note.getByText(/Trying again in \d+ s/).waitFor();
    expect(await note.innerText()).not.toMatch(/try again/i);
    await expectAccessible(page);
    await page.getByTestId('stop').click();
    await waitForIdle(page);
    await page.getByTestId('status').getByText('Stopped').waitFor();
    await page.close();
  });

  it('does not call a failure what was stopped', async () => {
    // The first tool gets no answer, so that it runs until it is stopped.
    system.links.catalog.stall();
    const page = await submit(weekly);
    await page.locator('[data-testid=tool-card][data-state=running]').first().waitFor();
    await page.getByTestId('stop').click();
    await waitForIdle(page);
    await page.reload();
    await page.getByTestId('run-canceled').waitFor();
    expect(await page.locator('[data-testid=tool-card][data-state=failed]').count()).toBe(0);
    await page.close();
  });
});

describe('a narrow screen', () => {
  it('goes from pane to pane with the arrow keys', async () => {
    const page = await submit(weekly);
    await waitForIdle(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('tab', { name: 'Conversation' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tabpanel', { name: 'Canvas' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Canvas' }).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Home');
    await page.getByRole('tabpanel', { name: 'Conversation' }).waitFor();
    await page.close();
  });
});

describe('the GraphQL IDE', () => {
  it('subscribes, and shows what arrives', async () => {
    const page = await browser.open(`${system.url}/ide`);
    await page.locator('.graphiql-editor .view-lines').first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('subscription Changes { workflowsChanged { id title } }');
    // It knows what kind of operation this is when it has named the tab after it.
    await page.locator('.graphiql-tab').getByText('Changes').waitFor();
    await page.locator('.graphiql-execute-button').click();
    const { workflowId } = await system.api.start(weekly);
    // Nothing says that a subscription has begun but what it tells.
    await until(
      async () => {
        await system.api.data(
          'mutation($input: RenameWorkflowInput!) { renameWorkflow(input: $input) { workflow { id } } }',
          { input: { workflowId, title: `Title ${Date.now()}` } },
        );
        return (await page.locator('.result-window').innerText()).includes(workflowId);
      },
      'the IDE shows what it was told',
      30_000,
    );
    await page.close();
  });
});

describe('all pages of this suite', () => {
  it('have run no script with an error and asked no other host for anything', () => {
    expect(browser.complaints).toEqual([]);
  });
});
