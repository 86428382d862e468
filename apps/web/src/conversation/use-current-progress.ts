/** What the agent says that it is doing, for as long as that is so. */
import { useRef } from 'react';
import type { MessageState, WorkflowState } from '#libs/client';
import { type Progress, progressNow, progressOf } from './progress.js';

export function useCurrentProgress(
  { status, run }: Pick<WorkflowState, 'status' | 'run'>,
  message: MessageState | undefined,
): Progress | null {
  const said = progressOf(message);
  /** What was said when the run last waited: that phase is over once it works again. */
  const beforeWait = useRef<string | null>(null);
  if (status === 'WAITING') beforeWait.current = said?.text ?? null;
  else if (said?.text !== beforeWait.current) beforeWait.current = null;
  return progressNow(said, { status, runStatus: run?.status ?? null, beforeWait: beforeWait.current });
}
