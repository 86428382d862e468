/**
 * Checks what a subscriber received, for every suite that uses the api: cursors rise strictly, a run ends once, and the
 * hash of the state that the subscriber has folded, including graph and status, equals the hash of what Postgres holds. A
 * missing, duplicate or misplaced chunk or patch changes that hash.
 */
import { hashOf } from './folded-message.ts';
import type { System } from './system.ts';
import type { TestSubscriber } from './test-subscriber.ts';
import { until } from './until.ts';
import { type FoldedWorkflow, foldWorkflow } from './viewed-workflow.ts';

const mismatch = 'What a subscriber shows is not what Postgres holds';

export interface CheckedRun {
  workflowId: string;
  runId: string;
  /** How often the run ended: more than once when it was retried by hand, 0 while it is suspended. */
  ends?: number;
  /** Redis was emptied after the run may have ended, so the log cannot tell how often it did. */
  logMayBeGone?: boolean;
}

export class DeliveryCheck {
  private readonly run: CheckedRun;
  private readonly stored: FoldedWorkflow;

  private constructor(run: CheckedRun, stored: FoldedWorkflow) {
    this.run = run;
    this.stored = stored;
  }

  /**
   * Reads what is stored; call it while nothing is being written. Throws unless the log contains the expected number of
   * ends of the run.
   */
  static async of(system: System, run: CheckedRun): Promise<DeliveryCheck> {
    const { workflowId, runId, ends = 1, logMayBeGone = false } = run;
    const endsInLog = async () =>
      (await system.evidence.logEnds(workflowId)).filter((end) => end.runId === runId).length;
    if (!logMayBeGone) await until(async () => (await endsInLog()) >= ends, `the log has the end of ${runId}`);
    const counted = await endsInLog();
    if (logMayBeGone ? counted > ends : counted !== ends)
      throw new Error(`${runId} ended ${counted} times in the log, not ${ends} times.`);
    const workflow = await system.api.workflow(workflowId);
    if (!workflow) throw new Error(`${workflowId} is gone.`);
    const stored = await foldWorkflow(workflow);
    if (Object.keys(stored.messages).length === 0) throw new Error(`${workflowId} has no answer.`);
    for (const { id, parts } of workflow.messages) {
      const folded = stored.messages[id];
      if (folded && hashOf(parts) !== hashOf(folded))
        throw new Error(`${id} is served with parts that its chunks do not give.`);
    }
    return new DeliveryCheck(run, stored);
  }

  /** Throws, naming the difference, unless the subscriber received everything once and in order. */
  async passes(subscriber: TestSubscriber): Promise<void> {
    const { runId, ends = 1 } = this.run;
    subscriber.assertInOrder();
    if (ends > 0 && !subscriber.sawTheEndOf(runId)) throw new Error(`The end of ${runId} was not delivered.`);
    const told = subscriber.terminalEvents(runId).length;
    if (told > ends) throw new Error(`${runId} ended ${told} times for a subscriber.`);
    const viewed = await subscriber.fold().catch((error: Error) => {
      throw new Error(`${mismatch}: it cannot even be folded: ${error.message}`, { cause: error });
    });
    if (hashOf(viewed) !== hashOf(this.stored)) throw new Error(this.difference(viewed));
  }

  private difference(viewed: FoldedWorkflow): string {
    const { messages, ...rest } = this.stored;
    for (const [name, stored] of Object.entries(rest)) {
      const shown = viewed[name as keyof typeof rest];
      if (hashOf(shown) !== hashOf(stored)) return differs(name, shown, stored);
    }
    for (const [id, stored] of Object.entries(messages)) {
      const shown = viewed.messages[id] ?? [];
      const at = Array.from({ length: Math.max(stored.length, shown.length) }).findIndex(
        (_, index) => hashOf(shown[index]) !== hashOf(stored[index]),
      );
      if (at >= 0) return differs(`part ${at} of ${id}`, shown[at], stored[at]);
    }
    return differs('the list of messages', Object.keys(viewed.messages), Object.keys(messages));
  }
}

/** Checks one subscriber of one run. */
export async function assertDelivered(system: System, subscriber: TestSubscriber, run: CheckedRun): Promise<void> {
  await (await DeliveryCheck.of(system, run)).passes(subscriber);
}

function differs(what: string, shown: unknown, stored: unknown): string {
  const [here, there] = [shown, stored].map((value) => JSON.stringify(value ?? null).slice(0, 600));
  return `${mismatch}: ${what} is\n${here}\ninstead of\n${there}`;
}
