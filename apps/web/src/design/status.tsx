/** A workflow's status as a dot and a word. Owns the words and the colours, everywhere. */
import type { WorkflowStatus } from '#libs/contracts';

const looks: Record<WorkflowStatus, { word: string; dot: string; pill: string; busy: boolean }> = {
  IDLE: { word: 'Ready', dot: 'bg-good', pill: 'bg-good-soft text-good', busy: false },
  GENERATING: { word: 'Building', dot: 'bg-accent', pill: 'bg-accent-soft text-accent', busy: true },
  WAITING: { word: 'Waiting', dot: 'bg-warn', pill: 'bg-warn-soft text-warn', busy: false },
  COMPLETING: { word: 'Checking and saving', dot: 'bg-accent', pill: 'bg-accent-soft text-accent', busy: true },
  FAILED: { word: 'Failed', dot: 'bg-bad', pill: 'bg-bad-soft text-bad', busy: false },
};

/** Whether the status changes by itself soon. */
export function isBusy(status: WorkflowStatus): boolean {
  return looks[status].busy;
}

function Dot({ status }: { status: WorkflowStatus }) {
  const { dot, busy } = looks[status];
  return <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${dot} ${busy ? 'animate-breathe' : ''}`} />;
}

export function StatusPill({ status }: { status: WorkflowStatus }) {
  return (
    <span
      role="status"
      data-testid="status"
      data-status={status}
      className={`inline-flex h-7 shrink-0 items-center gap-2 whitespace-nowrap rounded-full px-3 font-medium text-xs ${looks[status].pill}`}
    >
      <Dot status={status} />
      {looks[status].word}
    </span>
  );
}

/** The quiet form, for rows of a list. */
export function StatusLine({ status }: { status: WorkflowStatus }) {
  return (
    <span data-status={status} className="inline-flex items-center gap-2 whitespace-nowrap text-ink-soft text-xs">
      <Dot status={status} />
      {looks[status].word}
    </span>
  );
}
