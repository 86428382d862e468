/** Runs axe on a page in its current state. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** All findings of axe, by rule and place. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  // During an animation, colours are not final.
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity).map((animation) => animation.finished.catch(() => undefined)))',
  );
  const found = await page.evaluate<Violation[]>('axe.run(document).then(({ violations }) => violations)');
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** In both themes and in these sizes; leaves the page wide. */
export async function expectAccessible(page: Page, sizes = [DESKTOP, PHONE]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of sizes) {
      await page.setViewportSize(size);
      expect(await violations(page), `${colorScheme}, ${size.width} pixels wide`).toEqual([]);
      expect(await page.getByRole('main').count()).toBe(1);
    }
  }
  await page.setViewportSize(DESKTOP);
}
