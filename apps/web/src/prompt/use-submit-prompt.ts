/**
 * Submits a prompt. One idempotency key is used per prompt until the server has answered, so that a submit whose answer was
 * lost can be repeated without starting a second run.
 */
import { useCallback, useRef } from 'react';
import { isHoldfastFailure, newIdempotencyKey } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { useAction } from '../network/use-action.js';
import { promptProblem } from './prompt-problem.js';

/** The time zone of the author's "every day at 9", as an IANA name. */
function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @param agent the agent to ask; in an existing workflow, its own agent */
export function useSubmitPrompt(workflowId: string | null, agent: string) {
  const client = useHoldfastClient();
  const { act, pending, problem, setProblem } = useAction();
  const unanswered = useRef<{ prompt: string; agent: string; key: string } | null>(null);

  /** @returns the workflow's id, or `null` when nothing was started; `problem` then says why */
  async function submit(prompt: string): Promise<string | null> {
    const refusal = promptProblem(prompt);
    setProblem(refusal);
    if (refusal) return null;
    const { current } = unanswered;
    const key = current?.prompt === prompt && current.agent === agent ? current.key : newIdempotencyKey();
    unanswered.current = { prompt, agent, key };
    const submitted = await act(async () => {
      const input = { prompt, agent, timeZone: ownTimeZone(), idempotencyKey: key };
      try {
        return await client.submitPrompt(workflowId === null ? input : { ...input, workflowId });
      } catch (error) {
        // A refusal is an answer too; the same text is then a new submit.
        if (isHoldfastFailure(error) && error.kind === 'refusal') unanswered.current = null;
        throw error;
      }
    });
    if (submitted) unanswered.current = null;
    return submitted?.workflowId ?? null;
  }

  const clearProblem = useCallback(() => setProblem(null), [setProblem]);
  return { submit, problem, clearProblem, pending };
}
