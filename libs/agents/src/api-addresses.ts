/**
 * The addresses of apps/api, any of which can answer. Decides which one is asked, for how long, and when it counts as
 * unhealthy; the caller interprets the answer.
 */
import { timings } from '#libs/engine';
import { type WholeAnswer, wholeAnswer } from './whole-answer.js';

export class ApiAddresses {
  /** The address that answered last comes first. */
  private order: string[];

  /**
   * @param urls without a path; at least one
   * @param tryMs timeout for each of them
   */
  constructor(
    urls: readonly string[],
    private readonly tryMs: number = timings.apiTryMs,
  ) {
    this.order = [...new Set(urls)];
  }

  /**
   * The first answer that is not a server error (5xx), whatever it says. Rejects with the last failure when no address
   * gives one, and with the reason of `signal` when aborted.
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
