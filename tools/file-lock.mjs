/**
 * Locks between processes: a file that contains its owner's process id. A lock whose owner is gone counts as free. Plain
 * JavaScript, because it also runs before anything is installed.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from './services/process-lookup.mjs';

/** Locked work normally takes less than this; after it, a waiting process is told what to check. */
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

/** Linking creates the file together with its content, so no process can find it empty and consider it stale. */
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

/** Checked twice: a lock released in the meantime is not stale, and may already belong to another process. */
function isStale(file, marker) {
  const text = textOf(file);
  return text !== undefined && rightfulHolder(text, marker) === undefined && textOf(file) === text;
}

/** One process at a time: when two find the same stale lock, the second must not remove the first one's new lock. */
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
