/** The conversation: growing messages, the state of the run, and the next prompt. */
import { ArrowDown } from 'lucide-react';
import { useCallback, useMemo, useRef } from 'react';
import type { HistoryState, MessageState, WorkflowSession, WorkflowState } from '#libs/client';
import { Boundary } from '../design/boundary.js';
import { Button } from '../design/button.js';
import { HooksProvider, RunHooks } from '../hooks/conversation-hooks.js';
import { Composer } from './composer.js';
import { knownLabels } from './known-labels.js';
import { MessageView } from './message-view.js';
import { OlderMessages, useKeptPlace } from './older-messages.js';
import { useCurrentProgress } from './progress.js';
import { RunNotes } from './run-notes.js';
import { useStickToEnd } from './use-stick-to-end.js';

interface ConversationProps {
  workflow: WorkflowState;
  messages: readonly MessageState[];
  history: HistoryState;
  session: WorkflowSession;
}

export function Conversation({ workflow, messages, history, session }: ConversationProps) {
  const { frame, content, atEnd, jumpToEnd } = useStickToEnd();
  useKeptPlace(frame, content, messages[0]?.id);
  const said = useRef(messages);
  said.current = messages;
  // Recomputed when the graph changes, not with each word of an answer.
  const labels = useMemo(() => knownLabels(workflow.graph, said.current), [workflow.graph]);
  const labelOf = useCallback((nodeId: string) => labels.get(nodeId), [labels]);
  const progress = useCurrentProgress(workflow, messages.at(-1));
  const shownHooks = useMemo(() => ({ hooks: workflow.hooks, onAnswered: session.refresh }), [workflow.hooks, session]);
  return (
    <HooksProvider value={shownHooks}>
      <div className="flex h-full flex-col">
        <div className="relative min-h-0 flex-1">
          <div
            ref={frame}
            role="log"
            aria-live="off"
            aria-label="Messages"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard.
            tabIndex={0}
            className="h-full overflow-y-auto"
          >
            <div ref={content} data-testid="conversation" className="mx-auto flex max-w-3xl flex-col gap-6 px-5 py-6">
              <OlderMessages history={history} firstMessageId={messages[0]?.id} session={session} frame={frame} />
              {messages.map((message) => (
                <Boundary key={message.id} what="This message" from={message}>
                  <MessageView message={message} labelOf={labelOf} />
                </Boundary>
              ))}
              <RunHooks messages={messages} />
              <Boundary what="The state of the run" from={workflow}>
                <RunNotes workflow={workflow} session={session} progress={progress} />
              </Boundary>
            </div>
          </div>
          {atEnd ? null : (
            <Button
              onClick={jumpToEnd}
              className="-translate-x-1/2 absolute bottom-3 left-1/2 rounded-full! bg-raised! shadow-lifted"
            >
              <ArrowDown aria-hidden className="size-3.5" />
              Jump to latest
            </Button>
          )}
        </div>
        <div className="mx-auto w-full max-w-3xl px-4 pt-2 pb-4">
          <Boundary what="The prompt field" from={workflow.promptLock}>
            <Composer workflow={workflow} session={session} onSent={jumpToEnd} />
          </Boundary>
        </div>
      </div>
    </HooksProvider>
  );
}
