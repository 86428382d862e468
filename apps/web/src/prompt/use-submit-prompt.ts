/**
 * Submitting a prompt. Owns the idempotency key: one per prompt until the server has answered it, so that a submit whose
 * answer was lost can be repeated without starting a second run.
 */
import { useMutation } from '@apollo/client/react';
import { useRef, useState } from 'react';
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

export function useSubmitPrompt(workflowId: string | null) {
  const [mutate, { loading }] = useMutation(SubmitPromptDocument);
  const [problem, setProblem] = useState<string | null>(null);
  const unanswered = useRef<{ prompt: string; key: string } | null>(null);

  /** @returns the workflow's id, or `null` when nothing was started; `problem` then says why */
  async function submit(prompt: string): Promise<string | null> {
    const refusal = promptProblem(prompt);
    setProblem(refusal);
    if (refusal) return null;
    if (unanswered.current?.prompt !== prompt) unanswered.current = { prompt, key: newIdempotencyKey() };
    try {
      const { data } = await mutate({
        variables: { input: { workflowId, prompt, idempotencyKey: unanswered.current.key } },
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

  return { submit, problem, clearProblem: () => setProblem(null), pending: loading };
}
