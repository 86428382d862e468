import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importGraph } from '#libs/graph';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  browser = await Browser.launch();
  const { workflowId, runId } = await system.api.start('When a Stripe payment fails, tell #billing in Slack.');
  await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the workflow is built', 60_000);
  page = await browser.open(`${system.url}/w/${workflowId}`);
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

/** Chooses a format with the keyboard, and saves the file. */
async function download(format: string): Promise<{ name: string; content: Buffer }> {
  await page.getByRole('button', { name: 'Export workflow' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Export this workflow' });
  await dialog.getByRole('radio', { name: format }).press('Space');
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download', disabled: false }).press('Enter');
  const file = await saved;
  await dialog.waitFor({ state: 'hidden' });
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
}

describe('the export of a workflow', () => {
  it('saves a file that importGraph reads', async () => {
    const { name, content } = await download('Holdfast');
    expect(name).toMatch(/\.holdfast\.json$/);
    expect(importGraph(content.toString())).toMatchObject({ ok: true });
  });

  it('draws a PNG of the whole graph', async () => {
    const { name, content } = await download('PNG');
    expect(name).toMatch(/\.png$/);
    expect(content.subarray(1, 4).toString()).toBe('PNG');
    const [width, height] = [content.readUInt32BE(16), content.readUInt32BE(20)];
    expect(width).toBeGreaterThan(400);
    expect(height).toBeGreaterThan(100);
  });

  it('says what a format leaves out before it saves', async () => {
    await page.getByRole('button', { name: 'Export workflow' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export this workflow' });
    await dialog.getByText('This format holds everything.').waitFor();
    await dialog.getByRole('radio', { name: 'Step Functions' }).press('Space');
    await dialog.getByRole('list', { name: 'What this format leaves out' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
  });

  it('says so when the server cannot be reached, and goes on once it can', async () => {
    await page.route('**/graphql', (route) => route.abort());
    await page.getByRole('button', { name: 'Export workflow' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export this workflow' });
    await dialog.getByRole('alert').waitFor();
    await page.unroute('**/graphql');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await dialog.getByText('This format holds everything.').waitFor();
    expect(browser.complaints).toEqual([]);
  });
});
