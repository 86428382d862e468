/**
 * Supervises one child process: log file, pid file, readiness, restart with backoff, orderly stop. The process group
 * decides which processes exist and in which order they start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Advice } from '../progress.mjs';
import { MAX_LOG_BYTES, rotateLog } from './log-rotation.ts';
import { signalProcess } from './process-identity.ts';

/** How often the log size is checked. Less often: a process that writes constantly exceeds the limit by more. */
const LOG_CHECK_MS = 2_000;
/**
 * A process that lived this long counts as healthy, so it is restarted at once when it ends. Shorter: crash loops restart
 * faster.
 */
const HEALTHY_AFTER_MS = 5_000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;

/** Resolves once the process is ready; reports through `explain` why it is not ready yet, for the error of a failed start. */
export type Probe = (signal: AbortSignal, explain: (reason: string) => void) => Promise<void>;

export interface ProcessSpec {
  /** Used for the log file, the pid file and messages. */
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Run as this user instead of the current one. */
  user?: { uid: number; gid: number };
  /** How readiness is detected: the process sends `'ready'` by IPC, or logs a certain text, or a probe resolves. */
  ready: 'ipc' | { logs: string } | Probe;
  /** Open an IPC channel, so that the process notices when this program is gone. Implied by `ready: 'ipc'`. */
  channel?: boolean;
  readyTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** SIGKILL follows if the process has not ended after this time. */
  stopTimeoutMs: number;
  logFile: string;
  /** Above this size the log is rotated, even while the process runs. */
  maxLogBytes?: number;
  pidFile: string;
}

export class ManagedProcess {
  readonly spec: ProcessSpec;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private stopping = false;
  private started = false;
  private backoffMs = 0;
  private logOffset = 0;
  private logProblem = false;
  private notReadyBecause = '';
  private restartTimer: NodeJS.Timeout | undefined;
  private logTimer: NodeJS.Timeout | undefined;
  private readonly report: (message: string) => void;

  /** @param report gets a sentence whenever the process ended by itself and is restarted */
  constructor(spec: ProcessSpec, report: (message: string) => void) {
    this.spec = spec;
    this.report = report;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the process and resolves when it is ready. Rejects with its last log lines when it ends or does not become
   * ready.
   */
  async start(): Promise<void> {
    this.boundLog();
    this.logTimer = setInterval(() => this.boundLog(), LOG_CHECK_MS).unref();
    this.logOffset = existsSync(this.spec.logFile) ? statSync(this.spec.logFile).size : 0;
    const child = this.launch();
    const timeout = AbortSignal.timeout(this.spec.readyTimeoutMs);
    const ended = new AbortController();
    this.exited.then(() => ended.abort());
    try {
      await settleOrAbort(this.waitUntilReady(child, AbortSignal.any([timeout, ended.signal])), timeout, ended.signal);
    } catch (error) {
      const reason = ended.signal.aborted
        ? 'ended while starting'
        : timeout.aborted
          ? `was not ready after ${this.spec.readyTimeoutMs / 1000} s`
          : `is not usable (${error instanceof Error ? error.message : String(error)})`;
      throw new Advice(
        `The ${this.spec.name} process ${reason}.${this.notReadyBecause && ` ${this.notReadyBecause}`}\n` +
          `Its last words in ${this.spec.logFile}:\n\n${this.logTail()}`,
      );
    }
    this.started = true;
  }

  /** Stops the process and resolves when it has ended. May be called at any time, more than once. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const child = this.child;
    if (child?.pid && child.exitCode === null && child.signalCode === null) {
      const { pid } = child;
      signalProcess(pid, this.spec.stopSignal);
      const force = setTimeout(() => {
        this.report(`${this.spec.name} did not end within ${this.spec.stopTimeoutMs / 1000} s and was killed`);
        signalProcess(pid, 'SIGKILL');
      }, this.spec.stopTimeoutMs);
      await this.exited;
      clearTimeout(force);
    }
    clearInterval(this.logTimer);
    rmSync(this.spec.pidFile, { force: true });
  }

  /** Kills at once, for a second Ctrl-C. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    clearInterval(this.logTimer);
    if (this.child?.pid && this.child.exitCode === null) signalProcess(this.child.pid, 'SIGKILL');
  }

  /** The last log lines of this start. */
  logTail(lines = 25): string {
    if (!existsSync(this.spec.logFile)) return '(empty)';
    return (
      readFileSync(this.spec.logFile)
        .subarray(this.logOffset)
        .toString()
        .trimEnd()
        .split('\n')
        .slice(-lines)
        .join('\n') || '(empty)'
    );
  }

  private boundLog(): void {
    try {
      if (rotateLog(this.spec.logFile, this.spec.maxLogBytes ?? MAX_LOG_BYTES)) this.logOffset = 0;
    } catch (error) {
      if (this.logProblem) return;
      this.logProblem = true;
      this.report(`${this.spec.logFile} could not be kept small: ${error instanceof Error ? error.message : error}`);
    }
  }

  private launch(): ChildProcess {
    const { spec } = this;
    const log = openSync(spec.logFile, 'a', 0o600);
    // Detached: a Ctrl-C in the terminal must reach only this program, which then stops the others in order.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: spec.channel || spec.ready === 'ipc' ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      ...spec.user,
    });
    closeSync(log);
    this.child = child;
    const launchedAt = Date.now();
    if (child.pid) writeFileSync(spec.pidFile, `${child.pid}\n`);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        writeFileSync(spec.logFile, `${spec.command} could not be run: ${error.message}\n`, { flag: 'a' });
        resolve();
      });
      child.once('exit', (code, signal) => {
        resolve();
        if (this.started && !this.stopping)
          this.scheduleRestart(signal ?? `exit code ${code}`, Date.now() - launchedAt);
      });
    });
    return child;
  }

  private scheduleRestart(cause: string, livedMs: number): void {
    this.backoffMs =
      livedMs >= HEALTHY_AFTER_MS ? 0 : Math.min(Math.max(this.backoffMs * 2, FIRST_BACKOFF_MS), MAX_BACKOFF_MS);
    const when = this.backoffMs === 0 ? 'at once' : `in ${this.backoffMs / 1000} s`;
    this.report(`${this.spec.name} ended (${cause}); starting it again ${when}. Its log: ${this.spec.logFile}`);
    this.restartTimer = setTimeout(() => this.launch(), this.backoffMs);
  }

  private async waitUntilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
    const { ready } = this.spec;
    const explain = (reason: string) => {
      this.notReadyBecause = reason;
    };
    if (ready === 'ipc')
      await new Promise<void>((resolve) => child.on('message', (message) => message === 'ready' && resolve()));
    else if (typeof ready === 'function') await ready(signal, explain);
    else while (!signal.aborted && !this.logTail().includes(ready.logs)) await sleep(50);
  }
}

async function settleOrAbort(work: Promise<void>, ...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  await Promise.race([
    work,
    new Promise<never>((_, reject) => {
      if (any.aborted) reject(any.reason);
      any.addEventListener('abort', () => reject(any.reason), { once: true });
    }),
  ]);
}
