/** One hook: the question with its form while it is open, then who answered what and when. */
import { Check, CircleSlash, Hand, MessageSquareReply, TimerOff, X } from 'lucide-react';
import { type HookState, isHoldfastFailure } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { RelativeTime } from '../design/relative-time.js';
import { useCopy } from '../design/use-copy.js';
import { useKeptFocus } from '../design/use-kept-focus.js';
import { useDraft } from '../drafts/drafts.js';
import { useViewerId } from '../network/server-info.js';
import { useAction } from '../network/use-action.js';
import { AnswerFormView } from './answer-form.js';
import { ExpiresIn } from './expires-in.js';
import { type HookOutcome, outcomeOf, outcomeWords, remarkOf, subjectOf } from './hook-words.js';

interface OpenHookProps {
  hook: HookState;
  onAnswered: () => void;
  /** The answer was accepted, so the draft can be discarded. */
  onCounted: () => void;
}

function OpenHook({ hook, onAnswered, onCounted }: OpenHookProps) {
  const client = useHoldfastClient();
  const { act, pending, problem } = useAction();

  async function answer(payload: unknown) {
    await act(async () => {
      try {
        await client.resolveHook(hook.id, payload);
        onCounted();
        onAnswered();
      } catch (error) {
        // Someone else may have answered first.
        if (isHoldfastFailure(error) && error.kind === 'refusal') onAnswered();
        throw error;
      }
    });
  }

  return (
    <section
      aria-label={hook.title}
      data-testid="hook-card"
      data-hook={hook.name}
      data-status={hook.status}
      className="rounded-xl border border-warn/50 bg-warn-soft p-4"
    >
      <div className="mb-3 flex items-start gap-2.5">
        <Hand aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        <p dir="auto" className="flex-1 font-medium text-[0.9375rem]">
          {hook.title}
        </p>
        {hook.expiresAt ? <ExpiresIn at={hook.expiresAt} /> : null}
      </div>
      <AnswerFormView
        place={placeOf(hook)}
        schema={hook.schema}
        pending={pending}
        onAnswer={(payload) => void answer(payload)}
      />
      <Problem text={problem} className="mt-3" />
    </section>
  );
}

const looks = {
  approved: { Icon: Check, mark: 'text-good', box: 'border-good/40 bg-good-soft' },
  rejected: { Icon: X, mark: 'text-bad', box: 'border-bad/40 bg-bad-soft' },
  answered: { Icon: MessageSquareReply, mark: 'text-accent', box: 'border-line bg-sunken' },
  expired: { Icon: TimerOff, mark: 'text-warn', box: 'border-line bg-sunken' },
  canceled: { Icon: CircleSlash, mark: 'text-ink-faint', box: 'border-line bg-sunken' },
} as const satisfies Record<HookOutcome, unknown>;

function ClosedHook({ hook }: { hook: HookState }) {
  const viewerId = useViewerId();
  const outcome = outcomeOf(hook);
  const { Icon, mark, box } = looks[outcome];
  const remark = remarkOf(hook);
  const { resolvedBy } = hook;
  const who = resolvedBy ? (resolvedBy.id === viewerId ? 'you' : resolvedBy.name) : 'somebody with its link';
  return (
    <div
      tabIndex={-1}
      data-takes-focus
      data-testid="hook-card"
      data-hook={hook.name}
      data-status={hook.status}
      data-outcome={outcome}
      className={`flex gap-2.5 rounded-xl border px-3.5 py-2.5 text-sm ${box}`}
    >
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${mark}`} />
      <p dir="auto" className="min-w-0 flex-1">
        {subjectOf(hook.title)}: {outcomeWords(outcome, who, remark)}
        {hook.resolvedAt ? (
          <>
            , <RelativeTime at={hook.resolvedAt} />
          </>
        ) : null}
        {remark === '' ? '.' : `: “${remark}”`}
      </p>
    </div>
  );
}

/** Text typed for an answer that was not accepted stays available. */
function UnsentRemark({ hook }: { hook: HookState }) {
  const [unsent, setUnsent] = useDraft(placeOf(hook));
  const { copied, copy } = useCopy(unsent);
  if (unsent.trim() === '' || unsent.trim() === remarkOf(hook)) return null;
  return (
    <div data-testid="unsent-remark" className="mt-2 rounded-xl border border-line border-dashed px-3.5 py-2.5 text-sm">
      <p className="text-ink-soft">This question was closed before you sent your answer. You had written:</p>
      <p dir="auto" className="mt-1 whitespace-pre-wrap">
        “{unsent}”
      </p>
      <div className="mt-2 flex gap-2">
        <Button onClick={() => void copy()}>{copied ? 'Copied' : 'Copy'}</Button>
        <Button weight="bare" onClick={() => setUnsent('')}>
          Discard
        </Button>
      </div>
    </div>
  );
}

function placeOf(hook: HookState): string {
  return `answer to ${hook.id}`;
}

export function HookCard({ hook, onAnswered }: { hook: HookState; onAnswered: () => void }) {
  const [, setTyped] = useDraft(placeOf(hook));
  const place = useKeptFocus<HTMLDivElement>(hook.status);
  return (
    <div ref={place}>
      {hook.status === 'WAITING' ? (
        <OpenHook hook={hook} onAnswered={onAnswered} onCounted={() => setTyped('')} />
      ) : (
        <>
          <ClosedHook hook={hook} />
          <UnsentRemark hook={hook} />
        </>
      )}
    </div>
  );
}
