/**
 * Signals to a health check that this process takes jobs: touches a file as long as its queue runs and Redis accepts
 * writes. Only the file's modification time matters.
 */
import { writeFile } from 'node:fs/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RedisHealth } from '#libs/stream';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { RunProcessor } from './run.processor.js';

/** Well below the age at which a health check considers the file stale. */
const touchMs = 5_000;

@Injectable()
export class HealthFile implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly processor: RunProcessor,
    private readonly redis: RedisHealth,
  ) {}

  onApplicationBootstrap(): void {
    const file = this.environment.healthFile;
    if (file === null) return;
    this.timer = setInterval(() => void this.touch(file), touchMs).unref();
    void this.touch(file);
  }

  beforeApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }

  private async touch(file: string): Promise<void> {
    const { reachable, refusal } = await this.redis.checkRedis();
    if (!reachable || refusal !== null || !this.processor.takesJobs) return;
    // If the file cannot be written it goes stale, which is the right signal.
    await writeFile(file, '').catch(() => undefined);
  }
}
