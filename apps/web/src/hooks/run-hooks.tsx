/** Where a run waits or has waited for people: a form for the open ones, a line for those that are over. */
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { Boundary } from '../design/boundary.js';
import { HookCard } from './hook-card.js';

export function RunHooks({ workflow: { hooks }, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  if (hooks.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      {hooks.map((hook) => (
        <Boundary key={hook.id} what="This question" from={hook}>
          <HookCard hook={hook} onAnswered={session.refresh} />
        </Boundary>
      ))}
    </div>
  );
}
