/** A workflow's status as a dot and a word, with the words and colours used everywhere. */
import type { RunStatus, WorkflowStatus } from '#libs/contracts';

interface Looks {
  word: string;
  dot: string;
  pill: string;
  busy: boolean;
}

const looks: Record<WorkflowStatus, Looks> = {
  IDLE: { word: 'Ready', dot: 'bg-good', pill: 'bg-good-soft text-good', busy: false },
  GENERATING: { word: 'Working', dot: 'bg-accent', pill: 'bg-accent-soft text-accent', busy: true },
  WAITING: { word: 'Waiting', dot: 'bg-warn', pill: 'bg-warn-soft text-warn', busy: false },
  COMPLETING: { word: 'Finishing', dot: 'bg-accent', pill: 'bg-accent-soft text-accent', busy: true },
  FAILED: { word: 'Failed', dot: 'bg-bad', pill: 'bg-bad-soft text-bad', busy: false },
};

/** A prompt may follow, but the last one was not completed. */
const stopped: Looks = { word: 'Stopped', dot: 'bg-ink-faint', pill: 'bg-sunken text-ink-soft', busy: false };

/** Accepted; no worker has claimed it yet. */
const queued: Looks = { word: 'Queued', dot: 'bg-warn', pill: 'bg-sunken text-ink-soft', busy: true };

/** Waits for a person; a plain `WAITING` waits for a point in time. */
const asking: Looks = { ...looks.WAITING, word: 'Waiting for you' };
const paused: Looks = { ...looks.WAITING, word: 'Paused' };

/** Whether the status will soon change by itself. */
export function isBusy(status: WorkflowStatus): boolean {
  return looks[status].busy;
}

interface StatusProps {
  status: WorkflowStatus;
  /** Status of the newest run. */
  runStatus: RunStatus | null;
  /** Whether a hook is open; `null` when unknown. */
  asks?: boolean | null;
}

function looksOf({ status, runStatus, asks = null }: StatusProps): Looks {
  if (status === 'IDLE' && runStatus === 'CANCELED') return stopped;
  if (status === 'GENERATING' && runStatus === 'QUEUED') return queued;
  if (status === 'WAITING' && asks !== null) return asks ? asking : paused;
  return looks[status];
}

function Dot({ dot, busy }: Looks) {
  return <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${dot} ${busy ? 'animate-breathe' : ''}`} />;
}

export function StatusPill(props: StatusProps) {
  const shown = looksOf(props);
  return (
    <span
      role="status"
      data-testid="status"
      data-status={props.status}
      className={`inline-flex h-7 shrink-0 items-center gap-2 whitespace-nowrap rounded-full px-3 font-medium text-xs ${shown.pill}`}
    >
      <Dot {...shown} />
      {shown.word}
    </span>
  );
}

/** The compact form, for rows of a list. */
export function StatusLine(props: StatusProps) {
  const shown = looksOf(props);
  return (
    <span data-status={props.status} className="inline-flex items-center gap-2 whitespace-nowrap text-ink-soft text-xs">
      <Dot {...shown} />
      {shown.word}
    </span>
  );
}
