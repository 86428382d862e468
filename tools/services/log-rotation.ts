/**
 * Limits the log size of a running process. The process keeps the file open and notices nothing: its content is copied to
 * another file, then the file is emptied. Works only for files opened in append mode.
 */
import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

export const MAX_LOG_BYTES = 20 * 1024 * 1024;

const COPY_BYTES = 64 * 1024;

/**
 * Moves a log larger than `maxBytes` to `<file>.1`, replacing the previous one.
 * @returns whether it did
 */
export function rotateLog(file: string, maxBytes = MAX_LOG_BYTES): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= maxBytes) return false;
  const older = `${file}.1`;
  const log = openSync(file, 'r+');
  try {
    keepCopy(file, log, older);
    ftruncateSync(log);
  } finally {
    closeSync(log);
  }
  return true;
}

/** On a full disk there is no copy, and the log is emptied anyway, because that makes room. */
function keepCopy(file: string, log: number, older: string): void {
  try {
    copyFileSync(file, older);
    appendRest(log, older);
  } catch {
    rmSync(older, { recursive: true, force: true });
  }
}

/** Copies what was written during the first copy. */
function appendRest(log: number, older: string): void {
  const copy = openSync(older, 'a');
  try {
    const buffer = Buffer.alloc(COPY_BYTES);
    let at = fstatSync(copy).size;
    for (let read = readSync(log, buffer, 0, COPY_BYTES, at); read > 0; ) {
      writeSync(copy, buffer, 0, read);
      at += read;
      read = readSync(log, buffer, 0, COPY_BYTES, at);
    }
  } finally {
    closeSync(copy);
  }
}
