/** The button that stops a run, with what came of pressing it. */
import { useMutation } from '@apollo/client/react';
import { Square } from 'lucide-react';
import { useState } from 'react';
import type { WorkflowSession } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { Button } from '../design/button.js';
import { problemSentence } from '../network/problem-sentence.js';

const CancelRunDocument = graphql(`
  mutation CancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      run {
        id
        status
      }
      userErrors {
        message
      }
    }
  }
`);

export function useStopRun(runId: string, session: WorkflowSession) {
  const [cancel, { loading }] = useMutation(CancelRunDocument);
  const [problem, setProblem] = useState<string | null>(null);
  async function stop() {
    setProblem(null);
    try {
      const { data } = await cancel({ variables: { input: { runId } } });
      const [userError] = data?.cancelRun.userErrors ?? [];
      if (userError) setProblem(userError.message);
      session.refresh();
    } catch (error) {
      setProblem(problemSentence(error));
    }
  }
  return { stop, stopping: loading, problem };
}

interface StopButtonProps {
  stopping: boolean;
  onStop: () => void;
  testId?: string;
}

export function StopButton({ stopping, onStop, testId = 'stop' }: StopButtonProps) {
  return (
    <Button data-testid={testId} pending={stopping} onClick={onStop}>
      {stopping ? null : <Square aria-hidden className="size-3 fill-current" />}
      {stopping ? 'Stopping' : 'Stop'}
    </Button>
  );
}

/** For a pane that has no prompt field: stops the run from there as well. */
export function StopBar({ runId, session }: { runId: string; session: WorkflowSession }) {
  const { stop, stopping, problem } = useStopRun(runId, session);
  return (
    <div className="flex items-center gap-3 border-line border-t bg-surface px-4 py-2 lg:hidden">
      <p role="status" className="flex-1 text-ink-soft text-sm">
        {problem ?? 'Still working.'}
      </p>
      <StopButton stopping={stopping} onStop={() => void stop()} testId="stop-here" />
    </div>
  );
}
