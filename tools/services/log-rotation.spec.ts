import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotateLog } from './log-rotation.ts';

let folder: string;
let log: string;

describe('the log of a running process', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
    log = join(folder, 'worker.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is left alone while it is small, or is not there', () => {
    expect(rotateLog(log, 10)).toBe(false);
    appendFileSync(log, '0123456789');
    expect(rotateLog(log, 10)).toBe(false);
    expect(readFileSync(log, 'utf8')).toBe('0123456789');
  });

  it('is moved away whole, and only the newest older one is kept', () => {
    appendFileSync(log, 'first'.repeat(10));
    expect(rotateLog(log, 10)).toBe(true);
    appendFileSync(log, 'second'.repeat(10));
    expect(rotateLog(log, 10)).toBe(true);
    expect(statSync(log).size).toBe(0);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('second'.repeat(10));
  });

  it('is emptied even where no copy can be kept', () => {
    appendFileSync(log, 'text'.repeat(10));
    // Simulates a full disk, which cannot be created here.
    mkdirSync(`${log}.1`);
    expect(() => rotateLog(log, 10)).not.toThrow();
    expect(statSync(log).size).toBe(0);
    expect(existsSync(`${log}.1`)).toBe(false);
  });
});
