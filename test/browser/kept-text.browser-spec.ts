import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 60 });
  browser = await Browser.launch();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const written = (page: Page) => page.getByTestId('prompt-input').inputValue();
const untilStatus = (page: Page, status: string) =>
  until(
    async () => (await page.getByTestId('status').first().getAttribute('data-status')) === status,
    `the page says ${status}`,
    60_000,
  );

describe('what somebody has typed', () => {
  it('is there after a reload and a way back, and no example takes its place unasked', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    const page = await browser.open(system.url);
    await page.getByTestId('prompt-input').fill('When the moon is full');
    await page.getByTestId('example').first().click();
    expect(await written(page)).toBe('When the moon is full');
    await page.reload();
    expect(await written(page)).toBe('When the moon is full');
    await page.locator(`[data-testid=workflow-list-item][data-workflow-id=${workflowId}] a`).click();
    await page.getByTestId('status').first().waitFor();
    await page.goBack();
    expect(await written(page)).toBe('When the moon is full');
    await page.getByTestId('example').first().click();
    await page.getByTestId('example-offer').getByRole('button', { name: 'Replace' }).click();
    expect(await written(page)).toBe(await page.getByTestId('example').first().getAttribute('title'));
    await page.getByTestId('example').nth(1).click();
    expect(await written(page)).toBe(await page.getByTestId('example').nth(1).getAttribute('title'));
    await page.close();
  });

  it('waits in its workflow while a run goes on, and is gone once it was sent', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    const page = await browser.open(`${system.url}/w/${workflowId}`);
    await untilStatus(page, 'IDLE');
    await page.getByTestId('prompt-input').fill('Also tell #ops');
    await page.reload();
    await until(async () => (await written(page)) === 'Also tell #ops', 'the text is back');
    await page.getByTestId('submit').click();
    await page.getByTestId('prompt-text').getByText('Also tell #ops').waitFor();
    await untilStatus(page, 'IDLE');
    expect(await written(page)).toBe('');
    await page.reload();
    await page.getByTestId('prompt-input').waitFor();
    expect(await written(page)).toBe('');
    await page.close();
  });
});

describe('the list of the start page', () => {
  it('is found again where it was left', async () => {
    for (let at = 0; at < 26; at += 1) await system.api.start(`Every day at 9 post message ${at} in Slack`);
    const page = await browser.open(system.url);
    await page.getByRole('button', { name: 'Load more' }).click();
    const items = page.getByTestId('workflow-list-item');
    await until(async () => (await items.count()) > 20, 'more is loaded');
    const last = items.nth(22);
    await last.scrollIntoViewIfNeeded();
    const place = await page.evaluate<number>('scrollY');
    expect(place).toBeGreaterThan(100);
    await last.getByRole('link').click();
    await page.getByTestId('status').first().waitFor();
    await page.goBack();
    await until(async () => Math.abs((await page.evaluate<number>('scrollY')) - place) < 5, 'the list is where it was');
    await page.reload();
    await until(async () => Math.abs((await page.evaluate<number>('scrollY')) - place) < 5, 'the list is where it was');
    await page.close();
  });
});

describe('a device without a network', () => {
  it('is said to be offline at once, and live when it is back', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    const page = await browser.open(`${system.url}/w/${workflowId}`);
    const connection = page.getByTestId('connection');
    const says = async (state: string, timeoutMs: number) =>
      until(async () => (await connection.getAttribute('data-state')) === state, `the page says ${state}`, timeoutMs);
    await says('live', 60_000);
    await page.context().setOffline(true);
    await says('offline', 5_000);
    await expectAccessible(page);
    await page.context().setOffline(false);
    await says('live', 60_000);
    await page.close();
  });
});
