/**
 * Submitting a prompt. Owns the idempotency key: one per prompt until the server has answered it, so that a submit whose
 * answer was lost can be repeated without starting a second run.
 */
import { useMutation } from '@apollo/client/react';
import { useCallback, useRef, useState } from 'react';
import { newIdempotencyKey } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { problemSentence } from '../network/problem-sentence.js';
import { promptProblem } from './prompt-problem.js';

const SubmitPromptDocument = graphql(`
  mutation SubmitPrompt($input: SubmitPromptInput!) {
    submitPrompt(input: $input) {
      workflow {
        id
      }
      userErrors {
        message
      }
    }
  }
`);

/** The zone in which the writer's "every day at 9" is meant, as an IANA name. */
function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @param agent who answers; in a workflow that is there, its own agent */
export function useSubmitPrompt(workflowId: string | null, agent: string) {
  const [mutate, { loading }] = useMutation(SubmitPromptDocument);
  const [problem, setProblem] = useState<string | null>(null);
  const unanswered = useRef<{ prompt: string; agent: string; key: string } | null>(null);

  /** @returns the workflow's id, or `null` when nothing was started; `problem` then says why */
  async function submit(prompt: string): Promise<string | null> {
    const refusal = promptProblem(prompt);
    setProblem(refusal);
    if (refusal) return null;
    const { current } = unanswered;
    const key = current?.prompt === prompt && current.agent === agent ? current.key : newIdempotencyKey();
    unanswered.current = { prompt, agent, key };
    try {
      const { data } = await mutate({
        variables: { input: { workflowId, prompt, agent, timeZone: ownTimeZone(), idempotencyKey: key } },
      });
      unanswered.current = null;
      const [userError] = data?.submitPrompt.userErrors ?? [];
      if (userError) setProblem(userError.message);
      return data?.submitPrompt.workflow?.id ?? null;
    } catch (error) {
      setProblem(problemSentence(error));
      return null;
    }
  }

  const clearProblem = useCallback(() => setProblem(null), []);
  return { submit, problem, clearProblem, pending: loading };
}
