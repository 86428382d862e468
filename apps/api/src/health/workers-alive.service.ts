/** How many workers there are, for however many ask. Owns how long an answer is kept. */
import { Injectable } from '@nestjs/common';
import { ControlChannel } from '#libs/stream';

/** Shorter: a death is seen sooner; more questions to Redis. */
const keptMs = 1_000;

@Injectable()
export class WorkersAlive {
  private kept: { since: number; count: Promise<number | null> } | null = null;

  constructor(private readonly control: ControlChannel) {}

  /** As of the last second; null when Redis does not answer. Never rejects. */
  count(): Promise<number | null> {
    const now = performance.now();
    if (!this.kept || now - this.kept.since > keptMs) this.kept = { since: now, count: this.control.workersAlive() };
    return this.kept.count;
  }
}
