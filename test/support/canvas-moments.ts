/**
 * Records what a page shows on its canvas, moment by moment. It watches inside the page, so that nothing is missed however
 * slowly a suite asks, and status and nodes of one moment belong together.
 */
import type { Page } from 'playwright-core';

export interface CanvasMoment {
  /** Of the workflow; `null` until the page knows it. */
  status: string | null;
  /** The position of each node in the DOM, by node id. */
  places: Record<string, string>;
}

const look = `() => ({
  status: document.querySelector('[data-testid=status]')?.dataset.status ?? null,
  places: Object.fromEntries(Array.from(document.querySelectorAll('[data-testid=canvas-node]'),
    (node) => [node.dataset.nodeId, node.style.transform])),
})`;

/** Starts watching, until the page is left or reloaded. */
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

/** Everything shown since watching began, oldest first. */
export function canvasMoments(page: Page): Promise<CanvasMoment[]> {
  return page.evaluate<CanvasMoment[]>('canvasMoments');
}

/** The current position of each node. */
export async function nodePlaces(page: Page): Promise<CanvasMoment['places']> {
  return (await page.evaluate<CanvasMoment>(`(${look})()`)).places;
}
