/** Why an attempt ended without ending its run, what people are told about it, and whether the run itself may be the cause. */
export const attemptLossCauses = ['KILLED', 'HUNG', 'CUT_OFF', 'BROKE_OFF', 'HANDED_BACK'] as const;

export type AttemptLossCause = (typeof attemptLossCauses)[number];

/** A lost attempt, as reported to the next attempt and to viewers. */
export interface AttemptLoss {
  /** 1 for the first attempt of the run. */
  attempt: number;
  cause: AttemptLossCause;
}

const messages: Record<AttemptLossCause, string> = {
  KILLED: 'The worker process that had the run ended.',
  HUNG: 'The worker that had the run gave no sign of life for too long.',
  CUT_OFF: 'The worker that had the run could not reach Redis or Postgres any more.',
  BROKE_OFF: 'The attempt broke off unexpectedly.',
  HANDED_BACK: 'The worker that had the run shut down and handed it back.',
};

/** A sentence for people. */
export function attemptLossMessage(cause: AttemptLossCause): string {
  return messages[cause];
}

/** Whether the run itself may have caused the loss, so that it counts against the run's limit of attempts. */
export function countsAgainstRun(cause: AttemptLossCause): boolean {
  return cause !== 'CUT_OFF' && cause !== 'HANDED_BACK';
}
