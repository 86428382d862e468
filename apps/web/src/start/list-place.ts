/** How far the list of the start page had been scrolled and loaded in this tab, so that it is found again there. */

const KEY = 'holdfast:list';

interface ListPlace {
  top: number;
  rows: number;
}

export function readPlace(): ListPlace {
  try {
    const stored: unknown = JSON.parse(window.sessionStorage.getItem(KEY) ?? 'null');
    if (Array.isArray(stored) && stored.length === 2 && stored.every((item) => Number.isFinite(item))) {
      return { top: Number(stored[0]), rows: Number(stored[1]) };
    }
  } catch {
    // A browser that keeps nothing begins at the top.
  }
  return { top: 0, rows: 0 };
}

export function keepPlace({ top, rows }: ListPlace): void {
  try {
    window.sessionStorage.setItem(KEY, JSON.stringify([Math.round(top), rows]));
  } catch {
    // See above.
  }
}
