/**
 * Questions in a conversation. Each is shown at the message part that marks it. Runs from before such parts existed show
 * their questions at the end.
 */

import { useQuery } from '@apollo/client/react';
import { createContext, useContext } from 'react';
import type { HookState, MessagePart, MessageState } from '#libs/client';
import { PastHookDocument } from '../__generated__/graphql.js';
import { Boundary } from '../design/boundary.js';
import { fieldsOf, textIn } from '../fields.js';
import { HookCard } from './hook-card.js';

/** The hook that the part marks; `null` for every other part. */
export function hookIdOf(part: MessagePart): string | null {
  return part.type === 'data-hook' && 'data' in part ? textIn(fieldsOf(part.data), 'hookId') : null;
}

/** Hooks of the newest run. */
interface ShownHooks {
  hooks: readonly HookState[];
  onAnswered: () => void;
}

const HooksContext = createContext<ShownHooks>({ hooks: [], onAnswered: () => undefined });

export const HooksProvider = HooksContext.Provider;

/** A question at the point where it was asked. Those of earlier runs are loaded once, when they come into view. */
export function PlacedHook({ hookId }: { hookId: string }) {
  const { hooks, onAnswered } = useContext(HooksContext);
  const current = hooks.find((hook) => hook.id === hookId);
  const { data } = useQuery(PastHookDocument, { variables: { id: hookId }, skip: current !== undefined });
  const past = data?.node?.__typename === 'Hook' ? data.node : null;
  const hook = current ?? past;
  return hook ? <HookCard hook={hook} onAnswered={onAnswered} /> : null;
}

/** Questions that no part of a message marks. */
export function RunHooks({ messages }: { messages: readonly MessageState[] }) {
  const { hooks, onAnswered } = useContext(HooksContext);
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
