/** Why an attempt ended without ending its run, what people are told of it, and whether it may be the run's own doing. */
export const attemptLossCauses = ['KILLED', 'HUNG', 'CUT_OFF', 'BROKE_OFF', 'HANDED_BACK'] as const;

export type AttemptLossCause = (typeof attemptLossCauses)[number];

/** An attempt that was lost, as the next one and its viewers are told of it. */
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

/** Whether the run itself may have been the reason, so that it counts against the attempts that the run has. */
export function countsAgainstRun(cause: AttemptLossCause): boolean {
  return cause !== 'CUT_OFF' && cause !== 'HANDED_BACK';
}
