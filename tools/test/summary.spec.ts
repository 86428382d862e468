import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { summarise, summaryLine } from './summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-summary-'));
const file = join(folder, 'report.json');
const report = {
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [] as unknown[],
};

describe('the last line of npm test', () => {
  afterEach(() => rmSync(file, { force: true }));

  it('counts passed and failed tests, and skipped ones only where there are any', () => {
    writeFileSync(file, JSON.stringify({ ...report, numFailedTests: 2 }));
    expect(summaryLine(summarise(file, 1))).toBe('5 passed, 2 failed');
    writeFileSync(file, JSON.stringify({ ...report, numPendingTests: 1, numTodoTests: 1 }));
    expect(summaryLine(summarise(file, 0))).toBe('5 passed, 0 failed, 2 skipped');
  });

  it('counts a file that could not be loaded as a failure', () => {
    writeFileSync(file, JSON.stringify({ ...report, testResults: [{ status: 'failed', assertionResults: [] }] }));
    expect(summaryLine(summarise(file, 1))).toBe('5 passed, 1 failed');
  });

  it('never reports success for a run that ended with an error', () => {
    writeFileSync(file, JSON.stringify(report));
    expect(summarise(file, 1).failed).toBe(1);
  });

  it('reports a failure when there is no report', () => {
    expect(summaryLine(summarise(file, 130))).toBe('0 passed, 1 failed');
  });
});
