import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;

beforeAll(async () => {
  const environment = { HOLDFAST_SIMULATOR_CHECK_IN_SECONDS: '1' };
  system = await System.start({ tokensPerSecond: 0, environment });
  browser = await Browser.launch();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function submit(agent: string, text: string): Promise<Page> {
  const page = await browser.open(system.url);
  await page.locator(`[data-testid=agent-choice][data-agent=${agent}]`).click();
  await page.getByTestId('prompt-input').fill(text);
  await page.getByTestId('submit').click();
  await page.waitForURL(/\/w\/wf_/);
  return page;
}

const statusOf = (page: Page) => page.getByTestId('status').first().getAttribute('data-status');
const openHook = (page: Page) => page.locator('[data-testid=hook-card][data-status=WAITING]');

async function approve(workflowId: string): Promise<void> {
  const { workflow } = await system.api.data<{ workflow: { activeRun: { hooks: { id: string }[] } } }>(
    'query($id: ID!) { workflow(id: $id) { activeRun { hooks { id } } } }',
    { id: workflowId },
  );
  const input = { hookId: workflow.activeRun.hooks.at(-1)?.id, payload: { approved: true } };
  await system.api.data('mutation($input: ResolveHookInput!) { resolveHook(input: $input) { hook { id } } }', {
    input,
  });
}

describe('an agent that is chosen on the start page', () => {
  it('shows its draft, asks for an approval, revises after a comment, and keeps what was approved', async () => {
    const page = await submit('post-author', 'Write a post about our new office dog');
    await openHook(page).waitFor();
    await until(async () => (await statusOf(page)) === 'WAITING', 'the page says that the run waits');
    await page.getByTestId('progress').getByText('Waiting for an approval').waitFor();
    expect(await page.getByLabel('Canvas').count()).toBe(0);

    await page.getByTestId('hook-field-comment').fill('Name the dog: Bruno');
    await page.getByTestId('hook-reject').click();
    await page.getByTestId('draft-card').nth(1).getByText('Bruno').waitFor();
    // Who opens the page now sees the same question.
    await openHook(page).getByText('draft 2').waitFor();
    await page.reload();
    await openHook(page).getByText('draft 2').waitFor();
    await page.getByTestId('hook-approve').click();
    await page.locator('[data-testid=post-card][data-status=published]').waitFor();
    await until(async () => (await statusOf(page)) === 'IDLE', 'the page says that the run is over');
    await until(async () => (await openHook(page).count()) === 0, 'no question is open any more');
    await page.locator('[data-testid=hook-card][data-status=RESOLVED]').nth(1).waitFor();
    const answered = page.locator('[data-testid=hook-card][data-status=RESOLVED]');
    expect(await answered.first().innerText()).toMatch(/Draft 1: you asked for changes, .*: “Name the dog: Bruno”/);
    expect(await answered.nth(1).innerText()).toMatch(/Draft 2: you approved it, /);

    // Each answer stays where it was asked for, also after the next prompt and for who opens the page then.
    await page.getByTestId('prompt-input').fill('Write a post about the office plants');
    await page.getByTestId('submit').click();
    await openHook(page).waitFor();
    await page.reload();
    await openHook(page).waitFor();
    await until(async () => (await answered.count()) === 2, 'both answers are there');
    const order = await page.evaluate<string[]>(
      "Array.from(document.querySelectorAll('[data-testid=prompt-text], [data-testid=draft-card], [data-testid=hook-card], [data-testid=post-card]'), (card) => card.dataset.outcome ?? card.dataset.status ?? card.dataset.testid)",
    );
    expect(order).toEqual([
      ...['prompt-text', 'draft-card', 'rejected', 'draft-card', 'approved', 'published'],
      ...['prompt-text', 'draft-card', 'WAITING'],
    ]);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('does not swallow a comment that comes too late', async () => {
    const page = await submit('post-author', 'Write a post about our new office cat');
    await openHook(page).waitFor();
    await page.getByTestId('hook-field-comment').fill('Name the cat: Minka');
    // By somebody elsewhere: another tab of this browser would share what is typed here.
    await approve(new URL(page.url()).pathname.replace('/w/', ''));
    await page.locator('[data-testid=hook-card][data-outcome=approved]').waitFor();
    const unsent = page.getByTestId('unsent-remark');
    await unsent.getByText('Name the cat: Minka').waitFor();
    await page.reload();
    await unsent.getByText('Name the cat: Minka').waitFor();
    await unsent.getByRole('button', { name: 'Discard' }).click();
    await unsent.waitFor({ state: 'detached' });
    await page.close();
  });

  it('shows the price before it books, the booking, and the reminders', async () => {
    const page = await submit('flight-booking', 'Book a flight from Berlin to Lisbon on Friday');
    await openHook(page).waitFor();
    const price = await page.getByTestId('offer-card').innerText();
    expect(price).toMatch(/€\d+\.\d\d/);
    await expectAccessible(page);
    await page.getByTestId('hook-approve').click();
    await page.getByTestId('booking-card').getByText('Check-in is open.').waitFor({ timeout: 60_000 });
    await until(async () => (await page.getByTestId('reminder-card').count()) === 2, 'both reminders are shown');
    await expectAccessible(page);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
