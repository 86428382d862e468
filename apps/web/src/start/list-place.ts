/** Remembers how far the start page's list was scrolled and loaded in this tab, so that returning restores it. */

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
    // Without storage the list begins at the top.
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
