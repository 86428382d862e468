/** What an agent reports that it is doing, taken from its message. */

import { useRef } from 'react';
import type { MessageState, WorkflowState } from '#libs/client';
import type { RunStatus, WorkflowStatus } from '#libs/contracts';
import { fieldsOf, numberIn, textIn } from '../fields.js';

export interface Progress {
  text: string;
  /** 0 to 100; `null` when the agent reports no number. */
  percent: number | null;
}

/** The newest `data-progress` part of an assistant's message that is still growing. */
export function progressOf(message: MessageState | undefined): Progress | null {
  if (message?.role !== 'assistant') return null;
  const part = message.parts.findLast((candidate) => candidate.type === 'data-progress');
  const fields = fieldsOf(part && 'data' in part ? part.data : null);
  const text = textIn(fields, 'text');
  return text === null ? null : { text, percent: numberIn(fields, 'percent') };
}

interface Moment {
  status: WorkflowStatus;
  runStatus: RunStatus | null;
  /** The report at the time when the run last waited. */
  beforeWait: string | null;
}

/**
 * The current report, or `null` when its phase has ended: a working run does not wait, and a queued or saving run does
 * neither.
 */
export function progressNow(said: Progress | null, { status, runStatus, beforeWait }: Moment): Progress | null {
  if (status === 'WAITING') return said;
  if (said === null || status !== 'GENERATING' || runStatus === 'QUEUED') return null;
  return said.text === beforeWait || /^waiting\b/i.test(said.text) ? null : said;
}

/** What the agent reports that it is doing, for as long as that holds. */
export function useCurrentProgress(
  { status, run }: Pick<WorkflowState, 'status' | 'run'>,
  message: MessageState | undefined,
): Progress | null {
  const said = progressOf(message);
  /** The report when the run last waited; that phase is over once it works again. */
  const beforeWait = useRef<string | null>(null);
  if (status === 'WAITING') beforeWait.current = said?.text ?? null;
  else if (said?.text !== beforeWait.current) beforeWait.current = null;
  return progressNow(said, { status, runStatus: run?.status ?? null, beforeWait: beforeWait.current });
}
