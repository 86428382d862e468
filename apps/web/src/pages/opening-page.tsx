/** The outline of the builder while its code or the workflow is loading, with a sentence when that takes long or is refused. */
import { CloudOff } from 'lucide-react';
import { Link } from 'react-router';
import { Brand } from '../design/brand.js';
import { Button } from '../design/button.js';

export function OpeningPage({ problem = null, onRetry }: { problem?: string | null; onRetry?: () => void }) {
  return (
    <div className="flex h-full flex-col">
      <title>Holdfast</title>
      <header className="flex h-14 items-center gap-4 border-line border-b bg-surface px-4">
        <Link to="/" aria-label="Holdfast, start page" className="flex rounded-lg">
          <Brand compact />
        </Link>
        <div className="skeleton h-4 w-48" />
      </header>
      <main aria-busy={problem === null} className="flex min-h-0 flex-1 flex-col">
        <h1 className="sr-only">Opening a workflow</h1>
        {problem ? (
          <div role="alert" className="m-auto max-w-sm px-6 pb-24 text-center">
            <CloudOff aria-hidden className="mx-auto mb-4 size-7 text-ink-faint" strokeWidth={1.5} />
            <p className="mb-4 text-ink-soft">{problem}</p>
            <Button onClick={onRetry}>Try now</Button>
          </div>
        ) : (
          <div className="grid min-h-0 flex-1 lg:grid-cols-[25rem_1fr]">
            <div className="space-y-4 border-line border-r bg-surface p-6">
              <div className="skeleton ml-auto h-16 w-4/5" />
              <div className="skeleton h-4 w-full" />
              <div className="skeleton h-4 w-3/5" />
            </div>
          </div>
        )}
      </main>
    </div>
  );
}
