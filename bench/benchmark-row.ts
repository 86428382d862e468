/** The result of a benchmark: rows of the table, computed from samples. */

export type Unit = 'ms' | 'µs' | 'chunks/s' | 'runs/s' | 'KiB' | 'CPU s' | 'bytes/byte';

export interface BenchmarkRow {
  benchmark: string;
  subject: string;
  unit: Unit;
  median: number;
  /** The sample that other work on the machine has disturbed least. */
  best: number;
  /** The 99th percentile; the maximum of fewer than 100 samples. */
  p99: number;
  /** `median` divided by the median of the benchmark's first subject, whose own ratio is 1. */
  ratio: number;
  /** `median` minus the median of the first subject, in the row's unit. */
  added: number;
  samples: number;
  note: string;
}

export interface Subject {
  subject: string;
  samples: readonly number[];
  note?: string;
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** One row per subject; all are compared with the first. */
export function compare(benchmark: string, unit: Unit, subjects: readonly Subject[]): BenchmarkRow[] {
  const reference = percentile(subjects[0]?.samples ?? [], 0.5);
  return subjects.map(({ subject, samples, note = '' }) => {
    const median = percentile(samples, 0.5);
    return {
      benchmark,
      subject,
      unit,
      median: round(median),
      best: round(unit.endsWith('/s') ? Math.max(...samples) : Math.min(...samples)),
      p99: round(percentile(samples, 0.99)),
      ratio: round(median / reference),
      added: round(median - reference),
      samples: samples.length,
      note,
    };
  });
}

function round(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Math.round(value * 100) / 100;
}
