/**
 * Many generations at once, each under a prompt of its own so that the model's log can tell them apart. Owns prompts and
 * the comparison of what a viewer was shown with what is stored.
 */
import { isDeepStrictEqual } from 'node:util';
import { foldChunks, StreamViewer } from './stream-viewer.ts';
import type { System } from './system.ts';
import { until } from './until.ts';

export interface Generation {
  workflowId: string;
  runId: string;
}

const terminal = ['SUCCEEDED', 'FAILED', 'CANCELED'];
let prompts = 0;

/** A prompt that builds a workflow of five nodes in about seven model calls, and that nobody else has used. */
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

/** Waits, by asking Postgres, until every run has ended. */
export async function untilEnded(system: System, runIds: readonly string[], timeoutMs = 90_000) {
  return until(
    async () => {
      const runs = await system.evidence.runs(runIds);
      return runs.every((run) => terminal.includes(run.status)) ? runs : null;
    },
    `${runIds.length} runs end`,
    timeoutMs,
  );
}

/** Runs that have not ended. */
export async function runningOf(system: System, runIds: readonly string[]) {
  return (await system.evidence.runs(runIds)).filter((run) => !terminal.includes(run.status));
}

/** A viewer that subscribes again, from its cursor, whenever its subscription ends before it has seen the end of the run. */
export class PersistentViewer extends StreamViewer {
  readonly generation: Generation;
  private readonly system: System;

  constructor(system: System, generation: Generation) {
    super(system.api.newSocket(), generation.workflowId);
    this.system = system;
    this.generation = generation;
    this.open();
  }

  /** Waits until this viewer was told of the end, and compares what it shows with what is stored. */
  async seesAll(timeoutMs = 20_000): Promise<void> {
    const known = until(
      () => {
        if (this.failure || this.ended) this.reopen(this.system.api.newSocket());
        return this.knowsTheEnd();
      },
      `a viewer sees the end of ${this.generation.runId}`,
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
    this.assertExact();
    await showsWhatIsStored(this.system, this, this.generation.workflowId);
  }

  /** What it was given last, for a failed test. */
  private account(): string {
    const batches = this.batches.slice(-5).map(({ cursor, events }) => {
      const kinds = events.map((event) => `${event.__typename} ${event.reason ?? event.runStatus ?? ''}`);
      return `${cursor}: ${kinds.join(', ')}`;
    });
    return `${this.batches.length} batches, ended ${this.ended}, failure ${this.failureDetails()}\n${batches.join('\n')}`;
  }

  private knowsTheEnd(): boolean {
    if (this.terminalEvents(this.generation.runId).length > 0) return true;
    return this.events.some(({ workflow }) => workflow && ['IDLE', 'FAILED'].includes(workflow.status));
  }
}

/** Throws when the viewer shows anything else than Postgres holds. */
export async function showsWhatIsStored(system: System, viewer: StreamViewer, workflowId: string): Promise<void> {
  const workflow = await system.api.workflow(workflowId);
  const answers = workflow?.messages.filter((message) => message.role === 'assistant') ?? [];
  if (answers.length === 0) throw new Error(`${workflowId} has no answer.`);
  for (const { id, chunks } of answers) {
    const stored: unknown[] = (await foldChunks(chunks as never))?.parts ?? [];
    const shown: unknown[] = (await viewer.message(id))?.parts ?? [];
    const at = stored.findIndex((part, index) => !isDeepStrictEqual(part, shown[index]));
    if (at < 0 && shown.length === stored.length) continue;
    const place = at < 0 ? stored.length : at;
    const [here, there] = [shown[place], stored[place]].map((part) => JSON.stringify(part)?.slice(0, 600));
    throw new Error(`Part ${place} of ${id}: a viewer shows\n${here}\nand stored is\n${there}`);
  }
}
