/** The notation of durations: `90s`, `15m`, `1h30m`, `3d`, or ISO 8601 (`PT15M`, `P3D`). */

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

const SHORT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w)\s*)+$/i;
const SHORT_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/gi;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;

/** Milliseconds of a duration, or `null` when the text is not one, is zero, or is longer than ten years. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed.length > 40) return null;
  const milliseconds = SHORT.test(trimmed) ? shortForm(trimmed) : isoForm(trimmed);
  const tenYears = 3650 * 86_400_000;
  return milliseconds !== null && milliseconds > 0 && milliseconds <= tenYears ? milliseconds : null;
}

function shortForm(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(SHORT_PART)) {
    total += Number(amount) * (UNITS_MS.get((unit ?? '').toLowerCase()) ?? 0);
  }
  return Math.round(total);
}

function isoForm(text: string): number | null {
  const match = ISO.exec(text);
  if (!match) return null;
  const [, weeks, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0));
  return Math.round(
    (weeks ?? 0) * 604_800_000 +
      (days ?? 0) * 86_400_000 +
      (hours ?? 0) * 3_600_000 +
      (minutes ?? 0) * 60_000 +
      (seconds ?? 0) * 1000,
  );
}
