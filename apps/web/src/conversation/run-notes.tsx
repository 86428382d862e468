/** What follows the last message: a failed try, a failed run, a stopped run, or the sign that work continues. */
import { CircleStop, RotateCcw, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AttemptFailureState, RunState, WorkflowSession, WorkflowState } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { ownValue, runErrorCatalog } from '#libs/contracts';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { quoted } from '../design/quoted.js';
import { isBusy } from '../design/status.js';
import { useKeptFocus } from '../design/use-kept-focus.js';
import { useAction } from '../network/use-action.js';
import { failedTryWords } from './failed-try-words.js';
import type { Progress } from './progress.js';

function RetryButton({ run, word, session }: { run: RunState; word: string; session: WorkflowSession }) {
  const client = useHoldfastClient();
  const { act, pending, problem } = useAction();
  async function tryAgain() {
    if (await act(() => client.retryRun(run.id))) session.refresh();
  }
  return (
    <>
      <Button data-testid="retry" pending={pending} onClick={() => void tryAgain()}>
        {pending ? null : <RotateCcw aria-hidden className="size-3.5" />}
        {word}
      </Button>
      <Problem text={problem} className="mt-2" />
    </>
  );
}

/** No pause is longer, so a longer one means that the server's or the viewer's clock is wrong. */
const LONGEST_PAUSE_MS = 60_000;

function Countdown({ until }: { until: string }) {
  const [seconds, setSeconds] = useState<number | null>(null);
  useEffect(() => {
    const end = performance.now() + Math.min(Date.parse(until) - Date.now(), LONGEST_PAUSE_MS);
    const show = () => setSeconds(Math.max(0, Math.ceil((end - performance.now()) / 1_000)));
    show();
    const timer = setInterval(show, 1_000);
    return () => clearInterval(timer);
  }, [until]);
  if (seconds === null) return null;
  return <>{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now.'}</>;
}

function FailedTry({ failure }: { failure: AttemptFailureState }) {
  return (
    <p
      role="status"
      data-testid="attempt-failed"
      className="flex gap-2.5 rounded-xl bg-warn-soft px-3.5 py-2.5 text-sm text-warn leading-relaxed"
    >
      <RotateCcw aria-hidden className="mt-1 size-3.5 shrink-0" />
      <span>
        {quoted(failedTryWords(failure))}{' '}
        {failure.willRetry ? failure.nextRetryAt ? <Countdown until={failure.nextRetryAt} /> : 'Trying again.' : null}
      </span>
    </p>
  );
}

function mayBeTriedAgain({ error }: RunState): boolean {
  if (error === null || error.retryable) return true;
  return !ownValue<{ retryable: boolean; recurs?: true }>(runErrorCatalog, error.code)?.recurs;
}

function FailedRun({ run, session }: { run: RunState | null; session: WorkflowSession }) {
  return (
    <div role="alert" data-testid="run-error" className="rounded-xl bg-bad-soft p-4">
      <p className="flex gap-2.5 text-bad text-sm leading-relaxed">
        <TriangleAlert aria-hidden className="mt-1 size-3.5 shrink-0" />
        <span>{quoted(run?.error?.message ?? 'The run failed.')}</span>
      </p>
      {run && mayBeTriedAgain(run) ? (
        <div className="mt-3 pl-6">
          <RetryButton run={run} word="Try again" session={session} />
        </div>
      ) : null}
    </div>
  );
}

function StoppedRun({ run, session }: { run: RunState; session: WorkflowSession }) {
  return (
    <div data-testid="run-canceled" className="flex items-center gap-2.5 rounded-xl bg-sunken px-3.5 py-2.5">
      <CircleStop aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <p className="flex-1 text-ink-soft text-sm">Stopped. What was built so far is kept.</p>
      {mayBeTriedAgain(run) ? <RetryButton run={run} word="Continue" session={session} /> : null}
    </div>
  );
}

/** What the agent reports that it is doing, or three dots while it reports nothing. */
function Working({ progress, moving, word }: { progress: Progress | null; moving: boolean; word: string | null }) {
  return (
    <p
      role="status"
      tabIndex={-1}
      data-takes-focus
      className="flex items-center gap-1.5 py-1 text-ink-soft text-sm"
      data-testid="working"
    >
      {progress || word ? null : <span className="sr-only">Working</span>}
      {[0, 1, 2].slice(0, progress || word ? 1 : 3).map((dot) => (
        <span
          key={dot}
          aria-hidden="true"
          style={{ animationDelay: `${dot * 200}ms` }}
          className={`size-1.5 rounded-full ${moving ? 'animate-breathe bg-accent' : 'bg-warn'}`}
        />
      ))}
      {progress ? (
        <span data-testid="progress" className="ml-1">
          {progress.text}
          {progress.percent === null ? null : ` (${Math.round(progress.percent)}%)`}
        </span>
      ) : word ? (
        <span className="ml-1">{word}</span>
      ) : null}
    </p>
  );
}

interface RunNotesProps {
  workflow: WorkflowState;
  session: WorkflowSession;
  progress: Progress | null;
}

function Note({ workflow, session, progress }: RunNotesProps) {
  const { status, run, attemptFailure } = workflow;
  if (status === 'FAILED') return <FailedRun run={run} session={session} />;
  if (status === 'IDLE' && run?.status === 'CANCELED') return <StoppedRun run={run} session={session} />;
  if (status === 'WAITING') return progress ? <Working progress={progress} moving={false} word={null} /> : null;
  if (!isBusy(status)) return null;
  if (attemptFailure) return <FailedTry failure={attemptFailure} />;
  if (run?.status === 'QUEUED') return <Working progress={null} moving={false} word="Queued" />;
  if (status === 'COMPLETING') return <Working progress={null} moving word="Finishing" />;
  return <Working progress={progress} moving word={null} />;
}

export function RunNotes(props: RunNotesProps) {
  const { run, status } = props.workflow;
  const place = useKeptFocus<HTMLDivElement>(`${run?.id} ${run?.status} ${status}`);
  return (
    <div ref={place} className="empty:hidden">
      <Note {...props} />
    </div>
  );
}
