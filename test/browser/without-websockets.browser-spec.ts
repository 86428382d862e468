import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import { UpgradeProxy } from '../support/upgrade-proxy.ts';

let system: System;
let browser: Browser;
let proxy: UpgradeProxy;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 60 });
  browser = await Browser.launch();
  proxy = await UpgradeProxy.before(Number(new URL(system.url).port));
  proxy.upgrades = 'refuse';
});

afterAll(async () => {
  await browser?.close();
  await proxy?.stop();
  await system?.stop();
});

/** Opens a page of the proxy, and waits until it has said that it follows over HTTP. */
async function openFollowing(path: string): Promise<Page> {
  const page = await browser.open(`${proxy.url}/livez`);
  const said = page.waitForEvent('console', (message) => message.text().includes('follows over HTTP'));
  await page.goto(new URL(path, proxy.url).href);
  expect((await said).text()).toMatch(/No WebSocket could be opened/);
  return page;
}

async function rename(page: Page, title: string): Promise<void> {
  await page.getByTestId('title').click();
  await page.getByTestId('title-input').fill(title);
  const answer = page.waitForResponse((response) => (response.request().postData() ?? '').includes('RenameWorkflow'), {
    timeout: 5_000,
  });
  await page.getByTestId('title-input').press('Enter');
  expect((await answer).ok()).toBe(true);
}

describe('behind a proxy that passes no WebSocket', () => {
  it('a page shows a generation to its end', async () => {
    const page = await openFollowing('/');
    await page.getByTestId('prompt-input').fill('Every Monday at 8, pull orders from Postgres and email sales.');
    await page.getByTestId('submit').click();
    await page.waitForURL(/\/w\/wf_/);
    const ready = page.locator('[data-testid=status][data-status=IDLE]').first();
    await ready.waitFor({ timeout: 90_000 });
    await page.close();
  });

  it('six open tabs leave connections for what each of them asks, and show what others changed', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    const lists = [await openFollowing('/'), await openFollowing('/')];
    const builders = [];
    for (let tab = 0; tab < 4; tab++) builders.push(await openFollowing(`/w/${workflowId}`));
    for (const [tab, page] of builders.entries()) await rename(page, `Named in tab ${tab}`);
    for (const page of [...lists, ...builders]) {
      await until(async () => (await page.getByText('Named in tab 3').count()) > 0, 'every tab has asked', 60_000);
    }
    for (const page of lists) {
      await page.getByTestId('prompt-input').fill('Every day at 9 post a message in Slack');
      await page.getByTestId('submit').click();
      await page.waitForURL(/\/w\/wf_/);
    }
    for (const page of [...lists, ...builders]) await page.close();
  });

  it('has run no script with an error and asked no other host for anything', () => {
    expect(browser.complaints).toEqual([]);
  });
});
