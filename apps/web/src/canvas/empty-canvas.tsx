/** The canvas before its first node. */
import { Workflow } from 'lucide-react';

export function EmptyCanvas({ building }: { building: boolean }) {
  return (
    <div className="pointer-events-none absolute inset-0 z-5 grid place-items-center pb-16">
      <div className="text-center text-ink-faint">
        <Workflow
          aria-hidden
          className={`mx-auto mb-4 size-9 ${building ? 'animate-breathe text-accent' : ''}`}
          strokeWidth={1.25}
        />
        <p className="text-sm">
          {building ? 'The first steps appear here in a moment.' : 'No steps yet. Describe what you want to automate.'}
        </p>
      </div>
    </div>
  );
}
