import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { GraphqlApi } from '../support/graphql-api.ts';
import { HOUR_MS, shiftedClock } from '../support/shifted-clock.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;
let list: Page;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 40, links: true });
  browser = await Browser.launch();
  list = await browser.open(system.url);
  // A page that nobody sees never polls its list: what it shows, it has heard.
  await list.evaluate("Object.defineProperty(document, 'hidden', { value: true })");
  await list.getByText('Nothing here yet').waitFor();
  const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
  await untilHeard(workflowId, [itemOf(workflowId)]);
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const itemOf = (workflowId: string) => list.locator(`[data-testid=workflow-list-item][data-workflow-id=${workflowId}]`);
const shows = (workflowId: string, status: string) =>
  list.locator(`[data-workflow-id=${workflowId}][data-status=${status}]`).first().waitFor({ timeout: 60_000 });

let names = 0;
/** Renames the workflow until each of these places shows the new name: nothing else says that a page hears of changes. */
async function untilHeard(workflowId: string, places: readonly Locator[]): Promise<void> {
  const document = 'mutation($input: RenameWorkflowInput!) { renameWorkflow(input: $input) { workflow { id } } }';
  names += 1;
  const title = `Name ${names}`;
  await until(
    async () => {
      await system.api.data(document, { input: { workflowId, title } });
      const shown = await Promise.all(places.map((place) => place.getByText(title).count()));
      return shown.every((count) => count > 0);
    },
    'every page hears of changes',
    60_000,
  );
}

async function build(prompt: string): Promise<{ page: Page; workflowId: string }> {
  const page = await browser.open(system.url);
  await page.getByTestId('prompt-input').fill(prompt);
  await page.getByTestId('submit').click();
  await page.waitForURL(/\/w\/wf_/);
  return { page, workflowId: new URL(page.url()).pathname.split('/').at(-1) ?? '' };
}

describe('the list of workflows in another tab', () => {
  it('shows a new workflow as it is being built, its new title, its end, and that it is gone', async () => {
    // The run cannot end before its first tool has an answer.
    system.links.catalog.stall();
    const { page, workflowId } = await build('Every Monday at 8, pull orders from Postgres and email a summary.');
    await shows(workflowId, 'GENERATING');
    const other = await browser.open(page.url());
    await other.getByTestId('title').waitFor();
    await untilHeard(workflowId, [itemOf(workflowId), other.getByTestId('title')]);

    await page.getByTestId('title').click();
    await page.getByTestId('title-input').fill('Orders of the week');
    await page.getByTestId('title-input').press('Enter');
    await itemOf(workflowId).getByText('Orders of the week').waitFor();
    await other.getByTestId('title').getByText('Orders of the week').waitFor();

    system.links.catalog.mend();
    await itemOf(workflowId)
      .getByText(/[2-9] steps/)
      .waitFor({ timeout: 60_000 });
    await shows(workflowId, 'IDLE');
    expect(await itemOf(workflowId).innerText()).toContain('Ready');

    await other.close();
    await page.getByRole('button', { name: 'Delete workflow' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await until(async () => (await itemOf(workflowId).count()) === 0, 'the workflow is gone from the list');
    await page.close();
  });

  it('shows that a run was stopped, and goes on after the server was away', async () => {
    const { page, workflowId } = await build('[[sim: silent]] When a Stripe payment fails, tell #billing in Slack.');
    await shows(workflowId, 'GENERATING');
    await page.getByTestId('stop').click();
    await list.locator(`[data-workflow-id=${workflowId}][data-status=IDLE]`).waitFor();

    await system.apiProcess.stop();
    await system.apiProcess.start();
    await system.apiIsReady();
    await untilHeard(workflowId, [itemOf(workflowId)]);
    await page.close();
  });

  it('puts a new workflow on top, although the clock of the api that made it is an hour behind', async () => {
    const behind = new GraphqlApi((await system.addApi(shiftedClock(-HOUR_MS))).url);
    const { workflowId } = await behind.start('[[sim: silent]] Every day at 9 post a message in Slack');
    await itemOf(workflowId).waitFor();
    expect(await list.getByTestId('workflow-list-item').first().getAttribute('data-workflow-id')).toBe(workflowId);
  });

  it('has run no script with an error and asked no other host for anything', () => {
    expect(browser.complaints).toEqual([]);
  });
});
