/** The top of the conversation shown: loads older messages when it comes near the view, and shows progress and failures. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { HistoryState, WorkflowSession } from '#libs/client';
import { Button } from '../design/button.js';

interface OlderMessagesProps {
  history: HistoryState;
  firstMessageId: string | undefined;
  session: WorkflowSession;
  /** The scrolling element. */
  frame: RefObject<HTMLDivElement | null>;
}

export function OlderMessages({ history, firstMessageId, session, frame }: OlderMessagesProps) {
  const bar = useRef<HTMLDivElement>(null);
  const { hasOlder, loading, problem } = history;
  // An observer tells of changes only. A page may be read within one frame, never shown as loading, with the bar in view
  // before and after: another first message needs another observer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    if (!bar.current || loading || problem !== null || !hasOlder) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void session.loadOlderMessages();
      },
      { root: frame.current, rootMargin: '400px 0px 0px' },
    );
    observer.observe(bar.current);
    return () => observer.disconnect();
  }, [session, frame, firstMessageId, hasOlder, loading, problem]);
  if (!hasOlder) return null;
  return (
    <div
      ref={bar}
      data-testid="older-messages"
      className="flex min-h-11 flex-wrap items-center justify-center gap-3 text-ink-soft text-sm"
    >
      <span role={problem === null ? 'status' : 'alert'}>
        {problem ?? (loading ? 'Loading older messages…' : 'Older messages')}
      </span>
      {problem === null ? null : <Button onClick={() => void session.loadOlderMessages()}>Try again</Button>}
    </div>
  );
}

/** Keeps the visible content in place when something is inserted before it. */
export function useKeptPlace(
  frame: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  firstMessageId: string | undefined,
): void {
  const fromEnd = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first message means that something was inserted.
  useLayoutEffect(() => {
    const element = frame.current;
    if (element && fromEnd.current !== null) element.scrollTop = element.scrollHeight - fromEnd.current;
  }, [frame, firstMessageId]);
  useEffect(() => {
    const element = frame.current;
    if (!element || !content.current) return;
    const remember = () => {
      fromEnd.current = element.scrollHeight - element.scrollTop;
    };
    // Both come after layout: measuring while rendering would lay the conversation out again with each word of an answer.
    const observer = new ResizeObserver(remember);
    observer.observe(content.current);
    element.addEventListener('scroll', remember, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', remember);
    };
  }, [frame, content]);
}
