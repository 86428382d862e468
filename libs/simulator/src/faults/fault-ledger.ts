/** Counts how often each fault has occurred, so that `times=n` ends. Kept in the memory of one process and lost on restart. */
import { promptHash } from '../request-log.js';
import type { Directive, DirectiveName } from './directives.js';

export class FaultLedger {
  private readonly struck = new Map<string, number>();

  /** Uses up one occurrence of the directive for this prompt. `false` when there is none left. */
  take(prompt: string, directive: Directive): boolean {
    if (directive.times === Number.POSITIVE_INFINITY) return true;
    const key = `${promptHash(prompt)} ${directive.raw}`;
    const count = this.struck.get(key) ?? 0;
    if (count >= directive.times) return false;
    this.struck.set(key, count + 1);
    return true;
  }

  reset(): void {
    this.struck.clear();
  }
}

/** The first directive with one of these names that has occurrences left; uses up one. */
export function takeFirst(
  ledger: FaultLedger,
  prompt: string,
  directives: readonly Directive[],
  names: readonly DirectiveName[],
): Directive | undefined {
  return directives.find((directive) => names.includes(directive.name) && ledger.take(prompt, directive));
}
