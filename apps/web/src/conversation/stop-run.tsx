/** The button that stops a run, and the result of pressing it. */
import { Square } from 'lucide-react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { Button } from '../design/button.js';
import { useAction } from '../network/use-action.js';
import { useLockWords } from './use-lock-words.js';

export function useStopRun(runId: string, session: WorkflowSession) {
  const client = useHoldfastClient();
  const { act, pending, problem } = useAction();
  async function stop() {
    await act(() => client.cancelRun(runId));
    session.refresh();
  }
  return { stop, stopping: pending, problem };
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

/** Stops the run from a pane that has no prompt field. */
export function StopBar({ workflow, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  const { stop, stopping, problem } = useStopRun(workflow.run?.id ?? '', session);
  const words = useLockWords(workflow);
  return (
    <div className="flex items-center gap-3 border-line border-t bg-surface px-4 py-2 lg:hidden">
      <p role="status" data-testid="stop-bar" className="flex-1 text-ink-soft text-sm">
        {problem ?? words}
      </p>
      <StopButton stopping={stopping} onStop={() => void stop()} testId="stop-here" />
    </div>
  );
}
