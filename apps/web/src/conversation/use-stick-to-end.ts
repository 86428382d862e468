/** Keeps a growing list at its end, until the reader scrolls away from it. */
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** How close to the end still counts as being there, in pixels. */
const NEAR = 48;

interface StickToEnd {
  frame: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atEnd: boolean;
  jumpToEnd: () => void;
}

export function useStickToEnd(): StickToEnd {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticky = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  useEffect(() => {
    const element = frame.current;
    if (!element || !content.current) return;
    let lastTop = element.scrollTop;
    const onScroll = () => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      // Growing content moves the end away without the reader doing anything: only scrolling up lets go.
      if (near) sticky.current = true;
      else if (element.scrollTop < lastTop) sticky.current = false;
      lastTop = element.scrollTop;
      setAtEnd(sticky.current);
    };
    const observer = new ResizeObserver(() => {
      if (sticky.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(content.current);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, []);

  const jumpToEnd = useCallback(() => {
    sticky.current = true;
    setAtEnd(true);
    frame.current?.scrollTo({ top: frame.current.scrollHeight, behavior: 'smooth' });
  }, []);

  return { frame, content, atEnd, jumpToEnd };
}
