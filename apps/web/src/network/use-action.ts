/** A request made by the user: whether it is pending, and what went wrong. */

import { useCallback, useState } from 'react';
import { isHoldfastFailure } from '#libs/client';

/** The sentence for a request that got no answer or an error. */
export function problemSentence(error: unknown): string {
  return isHoldfastFailure(error) ? error.message : 'Something went wrong on this page. Reload it and try again.';
}

interface Action {
  /** The result of `ask`; `null` when it failed, with the reason in `problem`. */
  act<T>(ask: () => Promise<T>): Promise<T | null>;
  pending: boolean;
  /** A sentence. */
  problem: string | null;
  setProblem: (problem: string | null) => void;
}

export function useAction(): Action {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = useCallback(async <T>(ask: () => Promise<T>): Promise<T | null> => {
    setProblem(null);
    setPending(true);
    try {
      return await ask();
    } catch (error) {
      setProblem(problemSentence(error));
      return null;
    } finally {
      setPending(false);
    }
  }, []);
  return { act, pending, problem, setProblem };
}
