/** Keeps a growing list scrolled to its end, until the user scrolls away. */
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** Distance from the end, in pixels, that still counts as being there. */
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
      // Growing content moves the end away without user action, so only scrolling up turns this off.
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
