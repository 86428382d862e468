/**
 * What a benchmark answers: one line of the table. Times are milliseconds.
 */
export interface BenchmarkRow {
  name: string;
  samples: number;
  p50Ms: number;
  p95Ms: number;
  /** p50 divided by the floor's p50; 1 for the floor itself. */
  ratio: number;
  /** p50 less the floor's p50. */
  addedMs: number;
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[index] ?? Number.NaN;
}

/** Rows against a floor: the first entry. */
export function compare(entries: readonly { name: string; samples: readonly number[] }[]): BenchmarkRow[] {
  const floor = percentile(entries[0]?.samples ?? [], 0.5);
  return entries.map(({ name, samples }) => {
    const p50 = percentile(samples, 0.5);
    return {
      name,
      samples: samples.length,
      p50Ms: round(p50),
      p95Ms: round(percentile(samples, 0.95)),
      ratio: round(p50 / floor),
      addedMs: round(p50 - floor),
    };
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
