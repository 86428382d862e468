/** One hook: the question with its form while it is open, afterwards who answered what and when. */
import { useMutation } from '@apollo/client/react';
import { Check, CircleSlash, Hand, TimerOff } from 'lucide-react';
import { useState } from 'react';
import type { HookState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { RelativeTime } from '../design/relative-time.js';
import { problemSentence } from '../network/problem-sentence.js';
import { AnswerFormView } from './answer-form.js';
import { answerWords } from './answer-form-model.js';
import { ExpiresIn } from './expires-in.js';

const ResolveHookDocument = graphql(`
  mutation ResolveHook($input: ResolveHookInput!) {
    resolveHook(input: $input) {
      hook {
        id
        status
      }
      userErrors {
        message
      }
    }
  }
`);

function OpenHook({ hook, onAnswered }: { hook: HookState; onAnswered: () => void }) {
  const [resolve, { loading }] = useMutation(ResolveHookDocument);
  const [problem, setProblem] = useState<string | null>(null);

  async function answer(payload: unknown) {
    setProblem(null);
    try {
      const { data } = await resolve({ variables: { input: { hookId: hook.id, payload } } });
      const [userError] = data?.resolveHook.userErrors ?? [];
      if (userError) setProblem(userError.message);
      onAnswered();
    } catch (error) {
      setProblem(problemSentence(error));
    }
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
        <p className="flex-1 font-medium text-[0.9375rem]">{hook.title}</p>
        {hook.expiresAt ? <ExpiresIn at={hook.expiresAt} /> : null}
      </div>
      <AnswerFormView schema={hook.schema} pending={loading} onAnswer={(payload) => void answer(payload)} />
      {problem ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {problem}
        </p>
      ) : null}
    </section>
  );
}

const marks = { RESOLVED: Check, EXPIRED: TimerOff, CANCELED: CircleSlash } as const;

function overWords(hook: HookState): string {
  if (hook.status === 'EXPIRED') return 'Nobody answered in time';
  return hook.status === 'CANCELED' ? 'Not needed any more' : answerWords(hook.schema, hook.payload);
}

function ClosedHook({ hook, status }: { hook: HookState; status: keyof typeof marks }) {
  const Icon = marks[status];
  return (
    <p
      data-testid="hook-card"
      data-hook={hook.name}
      data-status={hook.status}
      className="flex gap-2.5 rounded-xl bg-sunken px-3.5 py-2.5 text-ink-soft text-sm"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-faint" />
      <span>
        {hook.title} <span className="text-ink">{overWords(hook)}</span>
        {hook.resolvedBy ? `, by ${hook.resolvedBy.name}` : null}
        {hook.resolvedAt ? (
          <>
            , <RelativeTime at={hook.resolvedAt} />
          </>
        ) : null}
      </span>
    </p>
  );
}

export function HookCard({ hook, onAnswered }: { hook: HookState; onAnswered: () => void }) {
  if (hook.status === 'WAITING') return <OpenHook hook={hook} onAnswered={onAnswered} />;
  return <ClosedHook hook={hook} status={hook.status} />;
}
