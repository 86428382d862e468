/** The top of the conversation shown: loads older messages when it comes near the view, and shows progress and failures. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { HistoryState, WorkflowSession } from '#libs/client';
import { Button } from '../design/button.js';

interface OlderMessagesProps {
  history: HistoryState;
  session: WorkflowSession;
  /** The scrolling element. */
  frame: RefObject<HTMLDivElement | null>;
}

export function OlderMessages({ history, session, frame }: OlderMessagesProps) {
  const bar = useRef<HTMLDivElement>(null);
  const { hasOlder, loading, problem } = history;
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
  }, [session, frame, hasOlder, loading, problem]);
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
export function useKeptPlace(frame: RefObject<HTMLDivElement | null>, firstMessageId: string | undefined): void {
  const shown = useRef({ firstMessageId, fromEnd: 0 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    if (shown.current.firstMessageId !== firstMessageId) {
      element.scrollTop = element.scrollHeight - shown.current.fromEnd;
    }
    shown.current = { firstMessageId, fromEnd: element.scrollHeight - element.scrollTop };
  });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const remember = () => {
      shown.current.fromEnd = element.scrollHeight - element.scrollTop;
    };
    element.addEventListener('scroll', remember, { passive: true });
    return () => element.removeEventListener('scroll', remember);
  }, [frame]);
}
