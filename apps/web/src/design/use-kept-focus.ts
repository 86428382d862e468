/**
 * Keeps the focus in an area whose content is replaced, such as a form by its result; otherwise it would return to the top
 * of the page. The element that takes the focus is marked with `data-takes-focus`.
 */
import { type RefObject, useEffect, useRef } from 'react';

/** @param content what the area shows; the focus is checked each time it changes */
export function useKeptFocus<T extends HTMLElement>(content: unknown): RefObject<T | null> {
  const ref = useRef<T>(null);
  const held = useRef(false);

  useEffect(() => {
    const place = ref.current;
    if (!place) return;
    const onFocus = () => {
      held.current = true;
    };
    // An element that is removed or disabled loses its focus to nothing.
    const onBlur = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null) held.current = false;
    };
    place.addEventListener('focusin', onFocus);
    place.addEventListener('focusout', onBlur);
    return () => {
      place.removeEventListener('focusin', onFocus);
      place.removeEventListener('focusout', onBlur);
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus gets lost when the content is replaced, and only then.
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (held.current && lost) ref.current?.querySelector<HTMLElement>('[data-takes-focus]')?.focus();
  }, [content]);

  return ref;
}
