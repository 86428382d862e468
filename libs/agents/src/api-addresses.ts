/**
 * The addresses of apps/api, any of which will do. Owns which of them is asked, for how long, and what counts as one that is
 * not well; what an answer means is for the caller to judge.
 */
import { timings } from '#libs/engine';
import { type WholeAnswer, wholeAnswer } from './whole-answer.js';

export class ApiAddresses {
  /** The one that answered last comes first. */
  private order: string[];

  /**
   * @param urls without a path; at least one
   * @param tryMs how long each of them is waited for
   */
  constructor(
    urls: readonly string[],
    private readonly tryMs: number = timings.apiTryMs,
  ) {
    this.order = [...new Set(urls)];
  }

  /**
   * The answer of the first that gives one: whatever it says, except that it is not well (5xx). Rejects when none does, with why
   * the last one did not, and with the reason of `signal` when that was aborted.
   */
  async ask(path: string, init: RequestInit & { signal: AbortSignal }): Promise<WholeAnswer> {
    let failure: unknown;
    for (const url of [...this.order]) {
      const signal = AbortSignal.any([init.signal, AbortSignal.timeout(this.tryMs)]);
      try {
        const answer = await wholeAnswer(new URL(path, url), { ...init, signal });
        if (answer.status < 500) {
          this.prefer(url);
          return answer;
        }
        failure = new Error(`The api at ${url} answered ${answer.status}.`);
      } catch (error) {
        init.signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  private prefer(url: string): void {
    if (this.order[0] !== url) this.order = [url, ...this.order.filter((other) => other !== url)];
  }
}
