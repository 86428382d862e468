/**
 * Keeps this worker's lease alive and reports when another worker has died. Runs the liveness thread and feeds it the signs
 * of life of this event loop.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { RepeatedErrors } from '#libs/jobs';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from '../environment.js';
import type { LivenessMessage, LivenessSettings } from './liveness-messages.js';

const LEAVE_WITHIN_MS = 2_000;
const RESTART_MS = 1_000;

@Injectable()
export class WorkerLiveness implements OnModuleInit, OnApplicationShutdown {
  /** Called when another worker has died and its runs must be taken over. Set by the component that takes them over. */
  onPeerDied: (peer: WorkerId) => void = () => undefined;
  /**
   * Called when this worker was declared dead and has registered under a new id. Set by the component with running
   * attempts.
   */
  onRenamed: () => void = () => undefined;

  private readonly signsOfLife = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  private readonly errors = new RepeatedErrors();
  private readonly alive = Promise.withResolvers<void>();
  private thread: Worker | null = null;
  private timer: NodeJS.Timeout | null = null;
  private name: WorkerId | null = null;
  private stopping = false;

  constructor(
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly logger: PinoLogger,
  ) {}

  /** The current id of this worker. */
  get worker(): WorkerId {
    if (!this.name) throw new Error('The worker is not alive yet.');
    return this.name;
  }

  /** Resolves when the worker is registered: before that it could not hold a run. */
  async onModuleInit(): Promise<void> {
    const signs = new Int32Array(this.signsOfLife);
    this.timer = setInterval(() => Atomics.add(signs, 0, 1), timings.signOfLifeMs);
    this.startThread();
    await this.alive.promise;
  }

  /** Runs after this worker has handed back its runs. Anything left here ends with the process. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    if (this.timer) clearInterval(this.timer);
    const { thread } = this;
    if (!thread) return;
    const left = once(thread, 'exit');
    thread.postMessage('leave');
    await Promise.race([left, delay(LEAVE_WITHIN_MS, undefined, { ref: false })]);
    await thread.terminate();
  }

  private startThread(): void {
    const workerData: LivenessSettings = {
      databaseUrl: this.environment.databaseUrl,
      redis: this.environment.redis,
      prefix: this.environment.redisPrefix,
      leaseMs: this.environment.leaseMs,
      signsOfLife: this.signsOfLife,
    };
    const thread = new Worker(new URL('./liveness.thread.js', import.meta.url), {
      workerData,
      // Not all options of the program that embeds the worker, such as `node --eval`, are valid for a thread.
      execArgv: [],
      // The thread keeps almost nothing, so a small heap makes garbage be collected early.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.thread = thread;
    thread.on('message', (message: LivenessMessage) => this.hear(message));
    thread.on('error', (error) => this.note(error.message));
    thread.on('exit', () => {
      if (!this.stopping) setTimeout(() => this.startThread(), RESTART_MS);
    });
  }

  private hear(message: LivenessMessage): void {
    switch (message.type) {
      case 'alive': {
        const earlier = this.name;
        this.name = message.worker;
        this.logger.info({ worker: message.worker, earlier }, 'worker is alive');
        this.alive.resolve();
        if (earlier) this.onRenamed();
        break;
      }
      case 'peer-died':
        this.logger.warn({ peer: message.peer }, 'another worker has died');
        this.onPeerDied(message.peer);
        break;
      case 'trouble':
        this.note(message.message);
    }
  }

  private note(message: string): void {
    const noted = this.errors.note(new Error(message));
    if (noted) this.logger.warn({ ...noted }, `keeping alive failed, and is tried again: ${message}`);
  }
}
