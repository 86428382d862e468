/** Formats results as a page of tables. */
import type { BenchmarkRow } from './benchmark-row.ts';
import type { BenchmarkResults } from './run-benchmarks.ts';

/** Maximum lines shown of a profile. */
const PROFILE_LINES = 8;

export interface Circumstances {
  processor: string | undefined;
  cores: number;
  node: string;
  peers: Record<string, string>;
  /** The output of `git describe`. */
  commit: string | null;
  /** The load average of the last minute, before the first benchmark. */
  loadBefore: number | undefined;
  at: string;
}

export function resultsPage(run: Circumstances, { rows, profiles }: BenchmarkResults): string {
  const peers = Object.entries(run.peers).map(([name, version]) => `\`${name}\` ${version}`);
  const head = [
    '# Figures of one run',
    '',
    'Written by `npm run bench`; what they mean stands in docs/benchmarks.md. The first subject of a table is',
    'what the others are measured against.',
    '',
    `${run.at.slice(0, 10)}, commit ${run.commit ?? 'unknown'}, ${run.cores} cores (${run.processor}), Node ${run.node}, ${peers.join(', ')},`,
    `load before the run ${run.loadBefore?.toFixed(1)}.`,
  ];
  const tables = [...Map.groupBy(rows, (row) => row.benchmark)].flatMap(([name, of]) => ['', ...tableOf(name, of)]);
  const times = Object.entries(profiles).flatMap(([name, { parts, functions }]) => [
    '',
    `### Where the time goes: ${name}`,
    '',
    `- By part: ${shares(parts)}.`,
    `- By function: ${shares(functions)}.`,
  ]);
  return [...head, ...tables, ...times, ''].join('\n');
}

function tableOf(name: string, rows: readonly BenchmarkRow[]): string[] {
  const unit = rows[0]?.unit ?? '';
  const lines = rows.map(({ subject, median, best, p99, ratio, samples, note }) =>
    `| ${[subject, ...[median, best, p99, ratio, samples].map(figure), note].join(' | ')} |`.replace('|  |', '| |'),
  );
  return [
    `### ${name}`,
    '',
    `| ${unit} | median | best | p99 | × first | samples | |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...lines,
  ];
}

function shares(places: readonly { place: string; percent: number }[]): string {
  const named = places.filter(({ place }) => place !== '').slice(0, PROFILE_LINES);
  return named.map(({ place, percent }) => `\`${place}\` ${percent} %`).join(', ');
}

/** At most three significant digits; whole numbers unchanged. */
function figure(value: number): string {
  return value.toLocaleString('en', value >= 1_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
}
