/**
 * The stored results of a run, handed to a new attempt in commit order, so that parallel branches proceed as before. Checks
 * that the agent takes the same path as before.
 */
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { StepKind } from '#libs/contracts';
import { FatalError, ReplayStalledError } from './errors.js';
import type { AskedStep, StoredStep } from './ports/run-store.port.js';
import { timings } from './timings.js';

const POLL_MS = 10;

/** What identifies a step on the agent's path. */
export interface StepIdentity {
  name: string;
  occurrence: number;
  kind: StepKind;
  inputHash: string;
}

/** In milliseconds; `timings.ts` explains both. */
export interface ReplayPatience {
  replayDivergedMs: number;
  replayStallMs: number;
}

interface Newcomer {
  key: string;
  name: string;
  admitted: PromiseWithResolvers<void>;
}

export class ReplayHistory {
  private readonly left: StoredStep[];
  private readonly keys: Set<string>;
  private readonly asked = new Map<string, { name: string; given: PromiseWithResolvers<StoredStep> }>();
  /** Steps that history does not hold; they may start once it is used up. */
  private readonly newcomers: Newcomer[] = [];
  private readonly askedAfter: ReadonlyMap<string, number>;
  private handed = 0;
  private handing = false;

  /**
   * @param steps in commit order
   * @param asked what earlier attempts asked for, and when
   */
  constructor(
    steps: readonly StoredStep[],
    asked: readonly AskedStep[],
    private readonly patience: ReplayPatience = timings,
  ) {
    this.left = [...steps];
    this.keys = new Set(steps.map((step) => keyOf(step)));
    this.askedAfter = new Map(asked.map((step) => [keyOf(step), step.after]));
  }

  /**
   * The stored step, once every step committed before it has been handed out; `null` when history does not hold it and is
   * used up. Rejects with NON_DETERMINISTIC when the agent took another path, and with `ReplayStalledError` when it makes
   * no progress. The caller must then end the attempt, because an agent that catches the error would continue on a path
   * that no replay can follow.
   */
  async take(identity: StepIdentity): Promise<StoredStep | null> {
    const key = keyOf(identity);
    const { name } = identity;
    if (!this.keys.delete(key)) {
      if (this.left.length === 0) return null;
      const admitted = Promise.withResolvers<void>();
      this.newcomers.push({ key, name, admitted });
      this.handOutSoon();
      await admitted.promise;
      return null;
    }
    const given = Promise.withResolvers<StoredStep>();
    this.asked.set(key, { name, given });
    this.handOutSoon();
    const stored = await given.promise;
    refuseSwap(stored, identity);
    return stored;
  }

  /** Throws when history holds steps that the agent did not ask for. */
  assertConsumed(): void {
    const [next] = this.left;
    if (next) throw nonDeterministic('finished', next.name);
  }

  private handOutSoon(): void {
    if (this.handing) return;
    this.handing = true;
    void this.handOut();
  }

  /** Runs until no step is being waited for; the next call of `take` starts it again. */
  private async handOut(): Promise<void> {
    try {
      for (let next = this.left[0]; next; next = this.left[0]) {
        if (this.asked.size + this.newcomers.length === 0) return;
        const given = await this.waitUntilAsked(next);
        this.left.shift();
        this.asked.delete(keyOf(next));
        this.handed++;
        given.resolve(next);
        // The branch that waited continues in microtasks, and asks for its next step before another branch gets its turn.
        await setImmediate();
      }
      for (const { admitted } of this.newcomers.splice(0)) admitted.resolve();
    } catch (error) {
      for (const { admitted } of this.newcomers.splice(0)) admitted.reject(error);
      for (const { given } of this.asked.values()) given.reject(error);
      this.asked.clear();
    } finally {
      this.handing = false;
    }
  }

  /** Code that only waits for steps asks at once. The patience is for code that does more between two steps. */
  private async waitUntilAsked(next: StoredStep): Promise<PromiseWithResolvers<StoredStep>> {
    const { replayDivergedMs, replayStallMs } = this.patience;
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const waiter = this.asked.get(keyOf(next));
      if (waiter) return waiter.given;
      const strayed = waitedMs >= replayDivergedMs ? this.askedTooEarly() : null;
      if (strayed) throw nonDeterministic(`asked for "${strayed}"`, next.name);
      const withdrawn = waitedMs >= replayDivergedMs ? this.withdrawnBefore(next) : null;
      if (withdrawn) throw cannotGoOn(withdrawn, next.name);
      if (waitedMs >= replayStallMs) {
        throw new ReplayStalledError(`The agent has not asked for "${next.name}", which the history holds next.`);
      }
      // Counts turns instead of clock time, so that the time for which a process is frozen does not count.
      await (waitedMs === 0 ? setImmediate() : delay(POLL_MS));
    }
  }

  /**
   * A step that the agent waits for but, in earlier attempts, had not asked for before it was given the next result. Any
   * other step may belong to a branch that is still on its way.
   */
  private askedTooEarly(): string | null {
    const waiting = [...[...this.asked].map(([key, { name }]) => ({ key, name })), ...this.newcomers];
    const early = waiting.find(({ key }) => (this.askedAfter.get(key) ?? Number.POSITIVE_INFINITY) > this.handed);
    return early?.name ?? null;
  }

  /**
   * A step that the agent waits for and whose failure it was given, in an earlier attempt, before it asked for the next
   * one. A retry has removed that failure from the history because it ended the run, so the agent cannot reach the next
   * step.
   */
  private withdrawnBefore(next: StoredStep): string | null {
    const after = this.askedAfter.get(keyOf(next)) ?? 0;
    if (after <= this.handed) return null;
    return this.newcomers.find(({ key }) => this.askedAfter.has(key))?.name ?? null;
  }
}

function cannotGoOn(failed: string, next: string): FatalError {
  return new FatalError(
    'NON_DETERMINISTIC',
    `The agent went on to "${next}" after "${failed}" had failed, and failed for that afterwards. A retry executes "${failed}" again, so the run could not be continued.`,
  );
}

function refuseSwap(stored: StoredStep, identity: StepIdentity): void {
  if (stored.kind !== identity.kind) {
    throw nonDeterministic(`asked for "${identity.name}" as ${identity.kind}`, `${stored.name} (${stored.kind})`);
  }
  if (stored.inputHash !== null && stored.inputHash !== identity.inputHash) {
    throw nonDeterministic(`asked for "${identity.name}" with another input`, stored.name);
  }
}

function keyOf({ name, occurrence }: { name: string; occurrence: number }): string {
  return `${name}#${occurrence}`;
}

function nonDeterministic(what: string, expected: string): FatalError {
  return new FatalError(
    'NON_DETERMINISTIC',
    `The agent ${what} where the history of the run holds "${expected}", so the run could not be continued.`,
  );
}
