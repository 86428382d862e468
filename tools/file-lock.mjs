/**
 * Locks between processes: a file that holds its owner's process id. A lock whose owner is gone counts as free.
 * Plain JavaScript, because it also runs before anything is installed.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from './services/process-lookup.mjs';

/** Nothing that is locked here takes this long as a rule: from then on the one who waits is told what to look at. */
const ASK_AFTER_MS = 120_000;

/**
 * @param {string} file
 * @param {string} marker
 * @returns {number | undefined}
 */
export function takeLock(file, marker) {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    if (claim(file)) return undefined;
    const holder = rightfulHolder(textOf(file), marker);
    if (holder !== undefined) return holder;
    removeStale(file, marker);
  }
}

/** @param {string} file */
export function releaseLock(file) {
  rmSync(file, { force: true });
}

/**
 * @template T
 * @param {string} file
 * @param {string} marker
 * @param {(note: string) => void} tell
 * @param {() => Promise<T>} work
 */
export async function withLock(file, marker, tell, work, { askAfterMs = ASK_AFTER_MS } = {}) {
  const from = Date.now();
  for (let holder = takeLock(file, marker); holder !== undefined; holder = takeLock(file, marker)) {
    const advice = Date.now() - from < askAfterMs ? '' : `; if that does nothing of the kind, remove ${file}`;
    tell(`waiting for process ${holder}${advice}`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    releaseLock(file);
  }
}

/** Linking puts the file there with its content at once: nobody can find it empty and take it for stale. */
function claim(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${process.pid}\n`);
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

function rightfulHolder(text, marker) {
  const holder = Number.parseInt(text, 10);
  return holder > 1 && holder !== process.pid && commandLine(holder)?.includes(marker) ? holder : undefined;
}

/** Looked at twice: what its owner has given back meanwhile is not stale, and may be another's by now. */
function isStale(file, marker) {
  const text = textOf(file);
  return text !== undefined && rightfulHolder(text, marker) === undefined && textOf(file) === text;
}

/** One at a time: of two that find the same stale lock, the second must not remove the first one's. */
function removeStale(file, marker) {
  const guard = `${file}.stale`;
  if (!claim(guard)) {
    if (isStale(guard, marker)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(file, marker)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}
