import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManagedProcess, type ProcessSpec } from './managed-process.ts';
import { commandLine, readPid, signalProcess } from './process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-process-'));
const READY = 'setInterval(() => undefined, 1000); process.send("ready");';
let running: ManagedProcess | undefined;

function processRunning(
  script: string,
  spec: Partial<ProcessSpec> = {},
  report: (message: string) => void = () => undefined,
) {
  running = new ManagedProcess(
    {
      name: 'worker',
      command: process.execPath,
      args: ['-e', script],
      env: process.env,
      cwd: folder,
      ready: 'ipc',
      readyTimeoutMs: 10_000,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 5_000,
      logFile: join(folder, 'worker.log'),
      pidFile: join(folder, 'worker.pid'),
      ...spec,
    },
    report,
  );
  return running;
}

const pidInFile = () => readPid(join(folder, 'worker.pid'));

describe('a managed process', () => {
  afterEach(async () => {
    await running?.stop();
    rmSync(join(folder, 'worker.log'), { force: true });
  });

  it('is started again with a new pid file after a SIGKILL', async () => {
    const said: string[] = [];
    await processRunning(READY, {}, (message) => void said.push(message)).start();
    const first = pidInFile();
    signalProcess(first ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(pidInFile()).not.toBe(first), { timeout: 5_000 });
    expect(commandLine(pidInFile() ?? 0)).toContain('setInterval');
    expect(said[0]).toContain('worker ended (SIGKILL)');
  });

  it('is gone with its pid file once stop has resolved, and is not started again', async () => {
    const managed = processRunning(READY);
    await managed.start();
    const pid = managed.pid ?? 0;
    await managed.stop();
    expect(commandLine(pid)).toBeUndefined();
    expect(existsSync(join(folder, 'worker.pid'))).toBe(false);
  });

  it('is killed when it ignores the signal to stop', async () => {
    const managed = processRunning(`process.on('SIGTERM', () => undefined); ${READY}`, { stopTimeoutMs: 200 });
    await managed.start();
    const pid = managed.pid ?? 0;
    await managed.stop();
    expect(commandLine(pid)).toBeUndefined();
  });

  it('writes on into a log that is kept small while it runs', async () => {
    const log = join(folder, 'worker.log');
    const chatter = 'let line = 0; setInterval(() => { for (let i = 0; i < 20; i += 1) console.log(line++); }, 5);';
    const said: string[] = [];
    await processRunning(`${chatter} ${READY}`, { maxLogBytes: 20_000 }, (message) => void said.push(message)).start();
    const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
    await vi.waitFor(() => expect(existsSync(`${log}.1`)).toBe(true), { timeout: 20_000, interval: 100 });
    await vi.waitFor(() => expect(lines(log).length).toBeGreaterThan(1), { timeout: 20_000 });
    await running?.stop();
    const [older, newer] = [lines(`${log}.1`), lines(log)];
    for (const part of [older, newer]) expect(part).toEqual(part.map((_, index) => String(Number(part[0]) + index)));
    // Only what was written between copying and emptying may be missing.
    expect(Number(newer[0])).toBeGreaterThan(Number(older.at(-1)));
    expect(said).toEqual([]);
    rmSync(`${log}.1`);
  });

  it('fails with its last words when it ends while starting', async () => {
    const managed = processRunning('console.error("no database"); process.exit(3);');
    await expect(managed.start()).rejects.toThrow(/worker process ended while starting[\s\S]*no database/);
  });

  it('fails when it never becomes ready', async () => {
    const managed = processRunning('setInterval(() => undefined, 1000);', { readyTimeoutMs: 300 });
    await expect(managed.start()).rejects.toThrow('was not ready after 0.3 s');
  });

  it('fails with what its probe heard last when it never becomes ready', async () => {
    const managed = processRunning('setInterval(() => undefined, 1000);', {
      readyTimeoutMs: 300,
      ready: (_, explain) => {
        explain('no answer yet');
        explain('503 the database does not answer');
        return new Promise(() => undefined);
      },
    });
    await expect(managed.start()).rejects.toThrow('was not ready after 0.3 s. 503 the database does not answer\n');
  });

  it('fails with a message when its program cannot be run', async () => {
    const managed = processRunning('', { command: join(folder, 'absent') });
    await expect(managed.start()).rejects.toThrow(/could not be run/);
    expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toContain('ENOENT');
  });
});
