/** Free TCP ports, and the process that holds a taken one. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { commandLine } from './process-identity.ts';

/** Ports promised to callers that do not listen yet, which the system might therefore hand out again. */
const given = new Set<number>();

/**
 * A port on 127.0.0.1 that is free now and was not returned before in this process. Another program may take it first, so
 * callers retry.
 */
export async function freePort(): Promise<number> {
  let port = await unusedPort();
  while (given.has(port)) port = await unusedPort();
  given.add(port);
  return port;
}

function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Tries to listen. @returns undefined when it worked, otherwise the system's error code (`EADDRINUSE`, `EACCES`, …) */
export function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Describes the process that listens on a port ("node server.js (process 4711)"), where the system tells (Linux). */
export function portHolder(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (openSockets(pid).some((inode) => inodes.has(inode))) {
      return `${commandLine(Number(pid))?.slice(0, 80)} (process ${pid})`;
    }
  }
  return undefined;
}

function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readIfAllowed(() => readFileSync(table, 'utf8'), '')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) && columns[3] === '0A')
    .map((columns) => columns[9] ?? '');
}

function openSockets(pid: string): string[] {
  return readIfAllowed(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) => {
    const target = readIfAllowed(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '');
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '';
  });
}

/** Processes of other users, and those ending meanwhile, cannot be read and stay unknown. */
function readIfAllowed<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
