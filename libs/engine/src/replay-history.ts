/**
 * The stored results of a run, handed to a new attempt in the order in which they were committed. Owns that order, which
 * makes parallel branches take the same turns as before, and the check that the agent takes the path that is stored.
 */
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { StepKind } from '#libs/contracts';
import { FatalError } from './errors.js';
import type { StoredStep } from './ports/run-store.port.js';
import { timings } from './timings.js';

/** What identifies a step on the agent's path. */
export interface StepIdentity {
  name: string;
  occurrence: number;
  kind: StepKind;
  inputHash: string;
}

export class ReplayHistory {
  private readonly left: StoredStep[];
  private readonly keys: Set<string>;
  private readonly asked = new Map<string, PromiseWithResolvers<StoredStep>>();
  /** Steps that history does not hold; they may start when it is used up. */
  private readonly newcomers: { name: string; admitted: PromiseWithResolvers<void> }[] = [];
  private handing = false;

  /** @param steps in the order in which they were committed */
  constructor(steps: readonly StoredStep[]) {
    this.left = [...steps];
    this.keys = new Set(steps.map((step) => keyOf(step)));
  }

  /**
   * The stored step, once every step committed before it has been handed out; `null` when history does not hold it and
   * is used up. Rejects with NON_DETERMINISTIC when the agent took another path: whoever asks must end the attempt with
   * it, because an agent that catches it would go on where no replay could follow.
   */
  async take(identity: StepIdentity): Promise<StoredStep | null> {
    const key = keyOf(identity);
    if (!this.keys.delete(key)) {
      if (this.left.length === 0) return null;
      const admitted = Promise.withResolvers<void>();
      this.newcomers.push({ name: identity.name, admitted });
      this.handOutSoon();
      await admitted.promise;
      return null;
    }
    const waiter = Promise.withResolvers<StoredStep>();
    this.asked.set(key, waiter);
    this.handOutSoon();
    const stored = await waiter.promise;
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
    void this.handOut().finally(() => {
      this.handing = false;
    });
  }

  private async handOut(): Promise<void> {
    for (let next = this.left[0]; next; next = this.left[0]) {
      const waiter = this.asked.get(keyOf(next)) ?? (await this.waitUntilAsked(next));
      if (!waiter) return this.refuse(next);
      this.left.shift();
      this.asked.delete(keyOf(next));
      waiter.resolve(next);
      // Whoever waited goes on in microtasks, and asks for its next step before another branch is given its turn.
      await setImmediate();
    }
    for (const { admitted } of this.newcomers.splice(0)) admitted.resolve();
  }

  /** Code that only waits for steps asks at once. The patience is for code that does more between two steps. */
  private async waitUntilAsked(step: StoredStep): Promise<PromiseWithResolvers<StoredStep> | null> {
    await setImmediate();
    const deadline = performance.now() + timings.replayStallMs;
    for (;;) {
      const waiter = this.asked.get(keyOf(step));
      if (waiter) return waiter;
      if (performance.now() >= deadline) return null;
      await delay(10);
    }
  }

  private refuse(next: StoredStep): void {
    for (const { name, admitted } of this.newcomers.splice(0)) {
      admitted.reject(nonDeterministic(`asked for "${name}"`, next.name));
    }
    for (const [key, waiter] of this.asked) waiter.reject(nonDeterministic(`asked for "${key}"`, next.name));
    this.asked.clear();
  }
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
