/**
 * The page in a real browser while a long answer streams: how long it blocks its own thread, and when everything is on the
 * screen after the run has ended. The whole system takes part; only the model is the simulator.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { Browser } from '../test/support/browser.ts';
import { System } from '../test/support/system.ts';
import { until } from '../test/support/until.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { unlimited } from './unlimited.ts';

const DELTAS = 20_000;
const TOKENS_PER_SECOND = 2_000;
const PROMPT = `[[sim: text=${DELTAS}]] When a Stripe payment fails, tell #billing in Slack and email the CFO.`;

/** In the page: the length of every task over 50 ms, in milliseconds. */
const WATCH = `
  window.longTasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => window.longTasks.push(duration)))
    .observe({ type: 'longtask' });
`;
const SHOWN = `document.querySelector('[data-testid=message-text]')?.textContent.includes('#${DELTAS}') ?? false`;

export async function pageWhileStreaming(tell: (note: string) => void): Promise<BenchmarkRow[]> {
  const system = await System.start({ tokensPerSecond: TOKENS_PER_SECOND, apiEnvironment: unlimited });
  const browser = await Browser.launch();
  try {
    const { workflowId, runId } = await system.api.start(PROMPT);
    const page = await browser.open(`${system.url}/w/${workflowId}`, (blank) => blank.addInitScript(WATCH));
    const ended = until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run ends', 120_000);
    await page.getByTestId('message-text').first().waitFor();
    const opening = (await longTasks(page)).length;
    tell('streaming');
    await ended;
    const end = performance.now();
    const streaming = (await longTasks(page)).slice(opening);
    while (!(await page.evaluate<boolean>(SHOWN))) await delay(20);
    const shown = performance.now() - end;
    const all = await longTasks(page);
    const name = `Page, ${DELTAS.toLocaleString('en')} deltas at ${TOKENS_PER_SECOND.toLocaleString('en')} a second`;
    return compare(name, 'ms', [
      { subject: 'all text on screen, after the end of the run', samples: [shown] },
      {
        subject: 'longest task while streaming',
        samples: [Math.max(0, ...streaming)],
        note: `${streaming.length} tasks above 50 ms, ${all.length - opening - streaming.length} after the end`,
      },
    ]);
  } finally {
    await browser.close();
    await system.stop();
  }
}

const longTasks = (page: Page): Promise<number[]> => page.evaluate<number[]>('window.longTasks');
