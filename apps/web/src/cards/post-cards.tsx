/** Cards for posts: the drafts, and what became of the last one. */
import { Check, Copy, FileText, TimerOff, X } from 'lucide-react';
import { Button } from '../design/button.js';
import { useCopy } from '../design/use-copy.js';
import { type Fields, numberIn, textIn } from '../fields.js';

function Count({ fields }: { fields: Fields }) {
  const characters = numberIn(fields, 'characters');
  return characters === null ? null : <span className="text-ink-faint text-xs">{characters} of 280 characters</span>;
}

function PostText({ fields }: { fields: Fields }) {
  return (
    <p dir="auto" className="whitespace-pre-wrap text-[0.9375rem] leading-relaxed">
      {textIn(fields, 'text')}
    </p>
  );
}

export function DraftCard({ fields }: { fields: Fields }) {
  const number = numberIn(fields, 'number');
  return (
    <section
      aria-label={`Draft ${number ?? ''}`}
      data-testid="draft-card"
      className="rounded-xl border border-line bg-surface p-4"
    >
      <p className="mb-2 flex items-center gap-2 text-ink-soft text-xs">
        <FileText aria-hidden className="size-3.5" />
        <span className="flex-1">Draft {number}</span>
        <Count fields={fields} />
      </p>
      <PostText fields={fields} />
    </section>
  );
}

const outcomes = {
  published: {
    title: 'Approved',
    note: 'Holdfast isn’t connected to a social network; copy the post to publish it.',
    Icon: Check,
    look: 'border-good/40',
    mark: 'text-good',
  },
  rejected: { title: 'Not approved', note: 'Nothing was published.', Icon: X, look: 'border-line', mark: 'text-bad' },
  expired: {
    title: 'Nobody approved it in time',
    note: 'Nothing was published. Ask again for another draft.',
    Icon: TimerOff,
    look: 'border-line',
    mark: 'text-warn',
  },
} as const;

function outcomeOf(fields: Fields) {
  const status = textIn(fields, 'status');
  return status === 'published' || status === 'rejected' ? outcomes[status] : outcomes.expired;
}

export function PostCard({ fields }: { fields: Fields }) {
  const { title, note, Icon, look, mark } = outcomeOf(fields);
  const { copied, copy } = useCopy(textIn(fields, 'text') ?? '');
  const published = fields.status === 'published';

  return (
    <section
      aria-label={title}
      data-testid="post-card"
      data-status={textIn(fields, 'status')}
      className={`rounded-xl border bg-surface p-4 ${look}`}
    >
      <p className="mb-2 flex items-center gap-2 font-medium text-sm">
        <Icon aria-hidden className={`size-4 ${mark}`} />
        <span className="flex-1">{title}</span>
        <Count fields={fields} />
      </p>
      {published ? <PostText fields={fields} /> : null}
      <div className={`flex items-center gap-3 ${published ? 'mt-3' : ''}`}>
        <p className="flex-1 text-ink-faint text-xs">{note}</p>
        {published ? (
          <Button onClick={() => void copy()}>
            <Copy aria-hidden className="size-3.5" />
            {copied ? 'Copied' : 'Copy'}
          </Button>
        ) : null}
      </div>
    </section>
  );
}
