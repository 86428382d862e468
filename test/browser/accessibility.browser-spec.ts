import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { expectAccessible, PHONE } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const prompt = 'Every Monday at 8, pull orders from Postgres, summarise them and email sales.';
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

async function submit(text: string, agent?: string): Promise<Page> {
  const page = await browser.open(system.url);
  if (agent) await page.locator(`[data-testid=agent-choice][data-agent=${agent}]`).click();
  await page.getByTestId('prompt-input').fill(text);
  await page.getByTestId('prompt-input').press('Enter');
  await page.waitForURL(/\/w\/wf_/);
  await page.getByTestId('status').first().waitFor();
  return page;
}

const untilStatus = (page: Page, status: string) =>
  until(
    async () => (await page.getByTestId('status').first().getAttribute('data-status')) === status,
    `the page says ${status}`,
    60_000,
  );
const focused = (page: Page) =>
  page.evaluate<string | null>(
    '(document.activeElement.closest("[data-testid]")?.dataset.testid ?? document.activeElement.tagName)',
  );

/** Targets of less than 44 pixels and fields of less than 16, on a phone. */
async function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[
    ...Array.from(document.querySelectorAll('button, summary, [role=tab], select, a, label:has(input[type=checkbox], input[type=radio])')).filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return element.checkVisibility() && width > 0 && getComputedStyle(element).display !== 'inline' && (width < 43.5 || height < 43.5);
    }).map((element) => 'target: ' + (element.ariaLabel ?? element.textContent)),
    ...Array.from(document.querySelectorAll('textarea, input:not([type=radio]):not([type=checkbox]), select'))
      .filter((element) => element.checkVisibility() && parseFloat(getComputedStyle(element).fontSize) < 16)
      .map((element) => 'field: ' + element.id),
  ]`);
}

describe('without a violation that axe knows', () => {
  it('are the start page, with and without a list, and pages that are not found', async () => {
    const page = await browser.open(system.url);
    await page.getByText('Nothing here yet').waitFor();
    await expectAccessible(page);
    await page.goto(`${system.url}/w/${newId('workflow')}`);
    await page.getByTestId('not-found').waitFor();
    await expectAccessible(page);
    await page.goto(`${system.url}/nowhere`);
    await page.getByTestId('not-found').waitFor();
    await expectAccessible(page);
    await page.close();
  });

  it('are a workflow that is being built, one that is ready, its details and the question before it is deleted', async () => {
    system.links.catalog.stall();
    const page = await submit(prompt);
    await page.getByTestId('tool-card').first().waitFor();
    await expectAccessible(page);
    system.links.catalog.mend();
    await untilStatus(page, 'IDLE');
    await expectAccessible(page);
    await page.getByTestId('canvas-node').first().press('Enter');
    await page.getByTestId('node-details').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete workflow' }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page);
    await page.close();
  });

  it('are a question, its answers, and runs that were stopped or failed', async () => {
    const page = await submit('Write a post about our new office dog', 'post-author');
    const open = page.locator('[data-testid=hook-card][data-status=WAITING]');
    await open.waitFor();
    await expectAccessible(page);
    await page.getByTestId('hook-field-comment').fill('Name the dog: Bruno');
    await page.getByTestId('hook-reject').click();
    await open.getByText('draft 2').waitFor();
    await page.getByTestId('stop').click();
    await page.getByTestId('run-canceled').waitFor();
    await expectAccessible(page);
    await page.close();
    const failed = await submit('[[sim: status=401 times=1]] Every day at 9 post a message in Slack');
    await failed.getByTestId('run-error').waitFor();
    await expectAccessible(failed);
    await failed.close();
  });
});

describe('while the server is away', () => {
  it('is a page without a violation that axe knows', async () => {
    const page = await submit(prompt);
    await untilStatus(page, 'IDLE');
    await system.apiProcess.stop();
    await page.locator('[data-testid=connection][data-state=reconnecting]').waitFor();
    await expectAccessible(page);
    await system.apiProcess.start();
    await system.apiIsReady();
    await page.locator('[data-testid=connection][data-state=live]').waitFor({ timeout: 60_000 });
    await page.close();
  });
});

describe('with a keyboard', () => {
  it('goes on where it was after a submit, a stop, a new name and the details of a node', async () => {
    const page = await submit(prompt);
    await untilStatus(page, 'IDLE');
    await page.getByTestId('prompt-input').fill(`[[sim: silent]] ${prompt}`);
    await page.getByTestId('prompt-input').press('Enter');
    await page.getByTestId('prompt-lock').waitFor();
    await until(
      async () =>
        (await page.evaluate('document.activeElement.contains(document.querySelector("[data-testid=prompt-lock]"))')) &&
        (await focused(page)) !== 'BODY',
      'the focus is beside the Stop button',
    );
    await page.getByTestId('stop').press('Enter');
    await untilStatus(page, 'IDLE');
    await until(async () => (await focused(page)) === 'prompt-input', 'the focus is in the prompt field');

    await page.getByTestId('title').press('Enter');
    await page.getByTestId('title-input').fill('Orders');
    await page.getByTestId('title-input').press('Enter');
    await until(async () => (await focused(page)) === 'title', 'the focus is on the title');

    const node = page.getByTestId('canvas-node').first();
    await node.press('Enter');
    await until(async () => (await focused(page)) === 'node-details', 'the focus is in the details');
    await page.keyboard.press('Escape');
    await until(async () => (await focused(page)) === 'canvas-node', 'the focus is back on the node');
    const outline =
      'getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth';
    expect(await page.evaluate(outline)).toBe('solid3px');
    expect(await node.getAttribute('aria-roledescription')).toBeNull();
    expect(await node.getAttribute('role')).toBe('button');
    await page.close();
  });

  it('goes on at the answer after an approval', async () => {
    const page = await submit('Write a post about our new office dog', 'post-author');
    await page.getByTestId('hook-approve').press('Enter');
    await page.locator('[data-testid=hook-card][data-outcome=approved]').waitFor();
    await until(async () => (await focused(page)) === 'hook-card', 'the focus is on what was answered');
    await page.close();
  });
});

describe('on a phone', () => {
  it('has targets for fingers, fields that do not zoom, and Stop on every tab', async () => {
    const page = await browser.open(system.url);
    await page.setViewportSize(PHONE);
    await page.getByTestId('prompt-input').waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await page.getByTestId('prompt-input').fill(`[[sim: silent after=200]] ${prompt}`);
    await page.getByTestId('submit').click();
    await page.getByTestId('stop').waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Canvas' }).click();
    expect(await tooSmall(page)).toEqual([]);
    await expectAccessible(page, [PHONE]);
    await page.setViewportSize(PHONE);
    await page.getByTestId('stop-here').click();
    await untilStatus(page, 'IDLE');
    await page.getByRole('tab', { name: 'Conversation' }).click();
    await page.getByTestId('prompt-input').waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await page.goto(`${system.url}/nowhere`);
    await page.getByTestId('not-found').waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await page.close();
  });
});
