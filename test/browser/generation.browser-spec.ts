import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { Browser } from '../support/browser.ts';
import { canvasMoments, watchCanvas } from '../support/canvas-moments.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const marks = 240;
const prompt = `[[sim: text=${marks}]] When a Stripe payment fails, tell #billing in Slack and email the CFO.`;
let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 90, links: true });
  browser = await Browser.launch();
});

afterEach(() => system.links.catalog.mend());

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

/** The numbers of the text deltas that the page shows, in the order of the page. */
async function shownMarks(page: Page): Promise<number[]> {
  const texts = await page.getByTestId('message-text').allInnerTexts();
  return [...texts.join(' ').matchAll(/#(\d+)/g)].map((match) => Number(match[1]));
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const statusOf = (page: Page) => page.getByTestId('status').first().getAttribute('data-status');
const nodeIds = (page: Page) =>
  page.evaluate<string[]>(
    "Array.from(document.querySelectorAll('[data-testid=canvas-node]'), (node) => node.dataset.nodeId)",
  );

async function submitOnStartPage(text: string): Promise<Page> {
  const page = await browser.open(system.url);
  await page.getByTestId('prompt-input').fill(text);
  await page.getByTestId('submit').click();
  await page.waitForURL(/\/w\/wf_/);
  return page;
}

function workflowIdOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function waitForIdle(page: Page): Promise<void> {
  await until(async () => (await statusOf(page)) === 'IDLE', 'the page says that the workflow is ready', 90_000);
}

/** What the live page shows must be what a page shows that only knows the database. */
async function expectSameAsStored(page: Page): Promise<void> {
  const stored = await system.api.workflow(workflowIdOf(page));
  const text = stored?.messages
    .flatMap((message) => message.parts)
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join(' ');
  expect([...(text ?? '').matchAll(/#(\d+)/g)].map((match) => Number(match[1])).slice(0, marks)).toEqual(upTo(marks));
  const fresh = await browser.open(page.url());
  await waitForIdle(fresh);
  const conversation = (shown: Page) => shown.getByTestId('message-text').allInnerTexts();
  expect(await conversation(page)).toEqual(await conversation(fresh));
  expect((await nodeIds(page)).sort()).toEqual((await nodeIds(fresh)).sort());
  expect((await nodeIds(page)).sort()).toEqual(stored?.graph.nodes.map((node) => node.id).sort());
  await fresh.close();
}

describe('the page', () => {
  it('goes on after a refresh in the middle of a generation, with nothing doubled and nothing missing', async () => {
    // The text flows, but no run ends before its first tool has an answer, however long a page takes to load.
    system.links.catalog.stall();
    const page = await submitOnStartPage(prompt);
    for (const seen of [20, 90, 170]) {
      await until(async () => (await shownMarks(page)).length >= seen, `${seen} pieces of text are shown`);
      const before = await shownMarks(page);
      expect(before).toEqual(upTo(before.length));
      expect(await statusOf(page)).toBe('GENERATING');
      expect(await page.getByTestId('prompt-lock').innerText()).not.toBe('');
      await page.reload();
      await until(async () => (await shownMarks(page)).length >= before.length - marks / 4, 'the text is back');
      const after = await shownMarks(page);
      expect(after).toEqual(upTo(after.length));
    }
    system.links.catalog.mend();
    await waitForIdle(page);
    expect((await shownMarks(page)).slice(0, marks)).toEqual(upTo(marks));
    await expectSameAsStored(page);
    await page.close();
  });

  it('shows a finished workflow although the worker was killed in the middle', async () => {
    system.links.catalog.stall();
    const page = await submitOnStartPage(prompt);
    await until(async () => (await shownMarks(page)).length >= 100, 'text is shown');
    const [worker] = system.workers;
    await worker?.kill('SIGKILL');
    await system.addWorker();
    system.links.catalog.mend();
    await waitForIdle(page);
    expect((await shownMarks(page)).slice(0, marks)).toEqual(upTo(marks));
    await expectSameAsStored(page);
    await page.close();
  });

  it('adds nodes one after the other and never takes one away', async () => {
    system.links.catalog.stall();
    // Seconds between the first nodes, which the second call adds, and the next: no page is so slow as to show them at once.
    const page = await submitOnStartPage(
      '[[sim: tps=10 call=3]] Every Monday at 8, pull orders from Postgres, summarise them and email sales.',
    );
    await page.getByTestId('canvas').waitFor();
    await watchCanvas(page);
    system.links.catalog.mend();
    await waitForIdle(page);
    const shown = (await canvasMoments(page)).map(({ places }) => Object.keys(places));
    let known: string[] = [];
    for (const now of shown) {
      expect(now).toEqual(expect.arrayContaining(known));
      known = now;
    }
    expect(new Set(shown.map((now) => now.length)).size).toBeGreaterThan(2);
    await page.close();
  });

  it('stops a run and unlocks the prompt', async () => {
    // The model falls silent, so that the run cannot end by itself.
    const page = await submitOnStartPage(`[[sim: silent after=200]] ${prompt}`);
    await until(async () => (await shownMarks(page)).length >= 10, 'text is shown');
    await page.getByTestId('stop').click();
    await waitForIdle(page);
    await until(() => page.getByTestId('prompt-input').isEnabled(), 'the prompt can be used again');
    const kept = await shownMarks(page);
    expect(kept).toEqual(upTo(kept.length));
    await page.close();
  });

  it('says in a sentence why a prompt cannot be used', async () => {
    const page = await browser.open(system.url);
    await page.getByTestId('prompt-input').fill('x'.repeat(100_000));
    await page
      .getByTestId('submit')
      .click({ force: true, timeout: 2_000 })
      .catch(() => undefined);
    await until(
      async () => /\w+ \w+/.test(await page.getByTestId('prompt-problem').innerText()),
      'a sentence is shown',
    );
    expect(page.url()).toBe(`${system.url}/`);
    await page.close();
  });

  it('offers another try when a run has failed', async () => {
    const page = await submitOnStartPage('[[sim: status=401 times=1]] Every day at 9 post a message in Slack');
    await until(async () => (await statusOf(page)) === 'FAILED', 'the page says that the run failed');
    expect(await page.getByTestId('run-error').innerText()).toMatch(/\w+ \w+ \w+/);
    await page.getByTestId('retry').click();
    await waitForIdle(page);
    expect((await nodeIds(page)).length).toBeGreaterThan(1);
    await page.close();
  });

  it('says so when a workflow does not exist', async () => {
    const page = await browser.open(`${system.url}/w/${newId('workflow')}`);
    await page.getByTestId('not-found').waitFor();
    await page.close();
  });

  it('says plainly that a simulator answers', async () => {
    const page = await browser.open(system.url);
    expect(await page.getByTestId('simulator-note').innerText()).toMatch(/simulator.*not.*model/i);
    await page.close();
  });

  it('has run no script with an error and asked no other host for anything', () => {
    expect(browser.complaints).toEqual([]);
  });
});
