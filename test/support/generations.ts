/**
 * Many generations at once, each with a unique prompt so that the model's log can tell them apart, and subscribers that
 * resubscribe.
 */
import { isTerminalRunStatus } from '#libs/contracts';
import { assertDelivered } from './delivery-check.ts';
import type { System } from './system.ts';
import { TestSubscriber } from './test-subscriber.ts';
import { until } from './until.ts';

export interface Generation {
  workflowId: string;
  runId: string;
}

let prompts = 0;

/** A unique prompt that builds a workflow of five nodes in about seven model calls. */
export function uniquePrompt(directives = ''): string {
  prompts += 1;
  const wish = `When a Stripe payment fails, tell #billing-${prompts} in Slack and open a Linear ticket, then email the CFO.`;
  return directives ? `${directives} ${wish}` : wish;
}

export function startGenerations(system: System, count: number, directives = ''): Promise<Generation[]> {
  return Promise.all(Array.from({ length: count }, () => system.api.start(uniquePrompt(directives))));
}

export function runIdsOf(generations: readonly Generation[]): string[] {
  return generations.map(({ runId }) => runId);
}

/** Polls Postgres until every run has ended. */
export async function untilEnded(system: System, runIds: readonly string[], timeoutMs = 90_000) {
  return until(
    async () => {
      const runs = await system.evidence.runs(runIds);
      return runs.every((run) => isTerminalRunStatus(run.status)) ? runs : null;
    },
    `${runIds.length} runs end`,
    timeoutMs,
  );
}

/** Runs that have not ended. */
export async function runningOf(system: System, runIds: readonly string[]) {
  return (await system.evidence.runs(runIds)).filter((run) => !isTerminalRunStatus(run.status));
}

/** A subscriber that subscribes again from its cursor whenever its subscription ends before the end of the run. */
export class PersistentSubscriber extends TestSubscriber {
  readonly generation: Generation;
  private readonly system: System;

  constructor(system: System, generation: Generation) {
    super(system.api.newSocket(), generation.workflowId);
    this.system = system;
    this.generation = generation;
    this.open();
  }

  /** Waits until this subscriber received the end, and checks everything that it received. */
  async seesAll({ timeoutMs = 60_000, logMayBeGone = false } = {}): Promise<void> {
    const known = until(
      () => {
        if (this.failure || this.ended) this.reopen(this.system.api.newSocket());
        return this.sawTheEndOf(this.generation.runId);
      },
      `a subscriber sees the end of ${this.generation.runId}`,
      timeoutMs,
    );
    await known.catch(async (error: Error) => {
      const { runId, workflowId } = this.generation;
      const log = (await this.system.evidence.logCursors(workflowId)).slice(-3);
      const run = JSON.stringify(await this.system.evidence.run(runId));
      const lines = this.system.linesAbout(runId).slice(-8).join('\n');
      throw new Error(`${error.message}\n${this.account()}\nlog: ${log}\n${run}\n${lines}`);
    });
    this.close();
    await assertDelivered(this.system, this, { ...this.generation, logMayBeGone });
  }

  /** The last events received, for the message of a failed test. */
  private account(): string {
    const batches = this.batches.slice(-5).map(({ cursor, events }) => {
      const kinds = events.map((event) => `${event.__typename} ${event.reason ?? event.runStatus ?? ''}`);
      return `${cursor}: ${kinds.join(', ')}`;
    });
    return `${this.batches.length} batches, ended ${this.ended}, failure ${this.failureDetails()}\n${batches.join('\n')}`;
  }
}
