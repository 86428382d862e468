import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowId } from '#libs/contracts';
import { createDataSource } from '#libs/persistence';
import { expectAccessible, PHONE } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { addPastRuns } from '../support/past-runs.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, workers: 0 });
  browser = await Browser.launch();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const untilIdle = (workflowId: string) =>
  until(async () => (await system.api.workflow(workflowId))?.status === 'IDLE', 'the run has ended', 60_000);
const untilText = (page: Page, testId: string, text: RegExp) =>
  until(
    async () => text.test((await page.getByTestId(testId).last().textContent()) ?? ''),
    `${testId}: ${text}`,
    30_000,
  );

describe('a run that is queued', () => {
  it('says what it waits for, and goes on by itself once that is there', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    await system.api.start('Every day at 10 post a message in Slack');
    const page = await browser.open(`${system.url}/w/${workflowId}`);
    await untilText(
      page,
      'prompt-lock',
      /^Queued since \d\d:\d\d\. No worker is running; it starts as soon as one is\.$/,
    );
    await expectAccessible(page);
    await page.setViewportSize(PHONE);
    await page.getByRole('tab', { name: 'Canvas' }).click();
    await untilText(page, 'stop-bar', /^Queued since/);
    await system.addWorker();
    await untilText(page, 'status', /^Ready$/);
    expect(await page.getByTestId('prompt-lock').count()).toBe(0);
    await page.close();
  });
});

describe('a long conversation', () => {
  const withPastRuns = async (runs: number, answerBytes: number) => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    if (system.workers.length === 0) await system.addWorker();
    await untilIdle(workflowId);
    const dataSource = await createDataSource({
      databaseUrl: system.database.url,
      applicationName: 'holdfast-test',
    }).initialize();
    await addPastRuns(dataSource, workflowId as WorkflowId, runs, answerBytes);
    await dataSource.destroy();
    return workflowId;
  };

  it('shows its end at once and its beginning on scrolling up, and what is read stays where it is', async () => {
    const workflowId = await withPastRuns(120, 400);
    const page = await browser.open(`${system.url}/w/${workflowId}`);
    const frame = page.getByRole('log', { name: 'Messages' });
    const prompts = page.getByTestId('prompt-text');
    await prompts.first().waitFor();
    const first = await prompts.count();
    expect(first).toBeLessThan(50);
    await expectAccessible(page);
    expect(await prompts.last().textContent()).toBe('Every day at 9 post a message in Slack');
    // What stands at the top is read, and must not move when older messages come above it.
    const read = prompts.filter({ hasText: new RegExp(`^${await prompts.first().textContent()}$`) });
    const top = async () => (await read.boundingBox())?.y ?? Number.NaN;
    await read.scrollIntoViewIfNeeded();
    const before = await top();
    await until(async () => (await prompts.count()) > first, 'older messages came');
    expect(Math.abs((await top()) - before)).toBeLessThan(5);
    await until(
      async () => {
        await frame.hover();
        await page.mouse.wheel(0, -5_000);
        return (await prompts.first().textContent()) === 'Prompt 1';
      },
      'the beginning is there',
      60_000,
    );
    expect(await prompts.count()).toBe(121);
    expect(await page.getByTestId('older-messages').count()).toBe(0);
    await page.close();
  });

  it('is read to its beginning where all of it fits on the screen, also when a page arrives within one frame', async () => {
    const workflowId = await withPastRuns(60, 10);
    const page = await browser.open(`${system.url}/w/${workflowId}`, async (opened) => {
      await opened.setViewportSize({ width: 1440, height: 20_000 });
      // What begins and ends between two of these frames is never shown as loading.
      await opened.addInitScript(`
        window.requestAnimationFrame = (callback) => setTimeout(() => callback(performance.now()), 500);
        window.cancelAnimationFrame = clearTimeout;
      `);
    });
    const prompts = page.getByTestId('prompt-text');
    await until(async () => (await prompts.count()) === 61, 'all messages are there');
    expect(await page.getByTestId('older-messages').count()).toBe(0);
    await page.close();
  });
});
