/**
 * The stored results of a run, handed to a new attempt in the order in which they were committed, so that parallel branches take
 * the same course as before, with a check that the agent takes the path that is stored.
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

/** Milliseconds; what each is for stands with the timings. */
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
  /** Steps that history does not hold; they may start when it is used up. */
  private readonly newcomers: Newcomer[] = [];
  private readonly askedAfter: ReadonlyMap<string, number>;
  private handed = 0;
  private handing = false;

  /**
   * @param steps in the order in which they were committed
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
   * The stored step, once every step committed before it has been handed out; `null` when history does not hold it and
   * is used up. Rejects with NON_DETERMINISTIC when the agent took another path, and with `ReplayStalledError` when it
   * does not get on: whoever asks must end the attempt with it, because an agent that catches it would go on where no
   * replay could follow.
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

  /** Goes on until nobody waits for anything; whoever asks then begins it again. */
  private async handOut(): Promise<void> {
    try {
      for (let next = this.left[0]; next; next = this.left[0]) {
        if (this.asked.size + this.newcomers.length === 0) return;
        const given = await this.waitUntilAsked(next);
        this.left.shift();
        this.asked.delete(keyOf(next));
        this.handed++;
        given.resolve(next);
        // Whoever waited goes on in microtasks, and asks for its next step before another branch is given its turn.
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
      // Counted in turns, not by the clock: the time in which a process is frozen is nobody's.
      await (waitedMs === 0 ? setImmediate() : delay(POLL_MS));
    }
  }

  /**
   * A step that the agent waits for, but had never asked for before it was given the next result. Any other may stand
   * beside a branch that is still on its way.
   */
  private askedTooEarly(): string | null {
    const waiting = [...[...this.asked].map(([key, { name }]) => ({ key, name })), ...this.newcomers];
    const early = waiting.find(({ key }) => (this.askedAfter.get(key) ?? Number.POSITIVE_INFINITY) > this.handed);
    return early?.name ?? null;
  }

  /**
   * A step that the agent waits for and whose failure it had been given before it asked for the next one. A retry took that
   * failure out of the history, because the run ended with it: the agent cannot get there without it.
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
