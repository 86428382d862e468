/**
 * The packages that Holdfast is compared with. They are installed only beside the benchmarks, so they are loaded by name
 * and typed here: nothing else in this repository may depend on them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';

export interface DurableStreamsServer {
  start(): Promise<string>;
  stop(): Promise<void>;
}

export interface DurableStreamsPackage {
  DurableStreamTestServer: new (options: { port: number; host: string; dataDir?: string }) => DurableStreamsServer;
}

export interface ResumableStreamContext {
  createNewResumableStream(
    id: string,
    makeStream: () => ReadableStream<string>,
  ): Promise<ReadableStream<string> | null>;
  resumeExistingStream(id: string, skipCharacters?: number): Promise<ReadableStream<string> | null | undefined>;
}

export interface ResumableStreamPackage {
  createResumableStreamContext(options: {
    waitUntil: null;
    publisher: Redis;
    subscriber: Redis;
  }): ResumableStreamContext;
}

const FOLDER = dirname(fileURLToPath(import.meta.url));

export async function loadPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}

/** The installed version of a peer. */
export function peerVersion(name: string): string {
  return (JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** Installs the packages of bench/peers/package-lock.json, unless that has been done. */
export async function ensurePeers(tell: (note: string) => void): Promise<void> {
  const wanted = lockedVersions(join(FOLDER, 'package-lock.json'));
  const installed = lockedVersions(join(FOLDER, 'node_modules', '.package-lock.json'));
  const isInstalled = ['@durable-streams/server', 'resumable-stream'].every(
    (name) => wanted.get(name) !== undefined && wanted.get(name) === installed.get(name),
  );
  if (isInstalled) return tell('already installed');
  tell('npm ci in bench/peers');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: FOLDER, stdio: 'inherit' });
  const [code] = (await once(npm, 'exit')) as [number | null];
  if (code !== 0) throw new Error('npm ci failed in bench. Check the network or the registry, then try again.');
}

function lockedVersions(file: string): Map<string, string | undefined> {
  if (!existsSync(file)) return new Map();
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version?: string }> };
  return new Map(Object.entries(packages).map(([path, { version }]) => [path.replace(/^node_modules\//, ''), version]));
}
