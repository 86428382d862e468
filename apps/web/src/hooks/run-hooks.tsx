/** Questions of the newest run that no message marks: those of runs from before messages did. */
import type { MessageState } from '#libs/client';
import { Boundary } from '../design/boundary.js';
import { HookCard } from './hook-card.js';
import { hookIdOf } from './hook-part.js';
import { useShownHooks } from './hooks-context.js';

export function RunHooks({ messages }: { messages: readonly MessageState[] }) {
  const { hooks, onAnswered } = useShownHooks();
  const placed = new Set(messages.flatMap((message) => message.parts.map(hookIdOf)));
  const others = hooks.filter((hook) => !placed.has(hook.id) && hook.status !== 'CANCELED');
  if (others.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      {others.map((hook) => (
        <Boundary key={hook.id} what="This question" from={hook}>
          <HookCard hook={hook} onAnswered={onAnswered} />
        </Boundary>
      ))}
    </div>
  );
}
