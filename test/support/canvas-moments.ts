/**
 * What a page has shown on its canvas, moment by moment. Watched from within the page, so that nothing it shows is missed
 * however slowly a suite asks, and so that status and nodes of one moment belong together.
 */
import type { Page } from 'playwright-core';

export interface CanvasMoment {
  /** Of the workflow; `null` before the page knows it. */
  status: string | null;
  /** Where each node stands, as the browser is told, by node id. */
  places: Record<string, string>;
}

const look = `() => ({
  status: document.querySelector('[data-testid=status]')?.dataset.status ?? null,
  places: Object.fromEntries(Array.from(document.querySelectorAll('[data-testid=canvas-node]'),
    (node) => [node.dataset.nodeId, node.style.transform])),
})`;

/** Begins to watch, until the page is left or loaded anew. */
export async function watchCanvas(page: Page): Promise<void> {
  await page.evaluate(`{
    const look = ${look};
    const keep = () => {
      const moment = look();
      if (JSON.stringify(moment) !== JSON.stringify(canvasMoments.at(-1))) canvasMoments.push(moment);
    };
    globalThis.canvasMoments = [];
    keep();
    new MutationObserver(keep).observe(document, { subtree: true, childList: true, attributes: true });
  }`);
}

/** All that was shown since the watch began, oldest first. */
export function canvasMoments(page: Page): Promise<CanvasMoment[]> {
  return page.evaluate<CanvasMoment[]>('canvasMoments');
}

/** Where each node stands now. */
export async function nodePlaces(page: Page): Promise<CanvasMoment['places']> {
  return (await page.evaluate<CanvasMoment>(`(${look})()`)).places;
}
