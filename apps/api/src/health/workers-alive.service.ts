/** Counts the live workers and caches the count, so that many requests cost one question to Redis. */
import { Injectable } from '@nestjs/common';
import { ControlChannel } from '#libs/stream';

/** If shorter, a worker's death is seen sooner, but Redis is asked more often. */
const keptMs = 1_000;

@Injectable()
export class WorkersAlive {
  private kept: { since: number; count: Promise<number | null> } | null = null;

  constructor(private readonly control: ControlChannel) {}

  /** At most one second old; null when Redis does not answer. Never rejects. */
  count(): Promise<number | null> {
    const now = performance.now();
    if (!this.kept || now - this.kept.since > keptMs) this.kept = { since: now, count: this.control.workersAlive() };
    return this.kept.count;
  }
}
