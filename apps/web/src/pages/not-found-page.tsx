/** For unknown addresses, and for workflows that do not exist or belong to someone else. */
import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { Brand } from '../design/brand.js';

export function NotFoundPage({ what = 'page' }: { what?: 'page' | 'workflow' }) {
  return (
    <div className="flex min-h-full flex-col" data-testid="not-found">
      <title>Not found · Holdfast</title>
      <header className="mx-auto flex h-16 w-full max-w-5xl items-center px-5">
        <Link to="/" aria-label="Holdfast, start page" className="rounded-lg">
          <Brand />
        </Link>
      </header>
      <main className="grid flex-1 place-items-center px-5 pb-32">
        <div className="max-w-md text-center">
          <Compass aria-hidden className="mx-auto mb-5 size-8 text-ink-faint" strokeWidth={1.5} />
          <h1 className="mb-2 font-semibold text-2xl tracking-tight">
            {what === 'workflow' ? 'Workflow not found' : 'Page not found'}
          </h1>
          <p className="mb-6 text-ink-soft leading-relaxed">
            {what === 'workflow'
              ? 'It may have been deleted, or the link is incomplete.'
              : 'The link may be mistyped, or the page has moved.'}
          </p>
          <Link
            to="/"
            className="inline-flex h-9 items-center rounded-lg bg-accent px-4 font-medium text-on-accent text-sm transition-colors hover:bg-accent-strong"
          >
            Go to the start page
          </Link>
        </div>
      </main>
    </div>
  );
}
