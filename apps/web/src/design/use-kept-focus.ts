/**
 * Keeps the focus in a place whose content is replaced, such as a form by its result: otherwise it falls back to the top
 * of the page. What takes it over is marked with `data-takes-focus`.
 */
import { type RefObject, useEffect, useRef } from 'react';

/** @param content what is shown in the place; the focus is looked after each time it becomes another */
export function useKeptFocus<T extends HTMLElement>(content: unknown): RefObject<T | null> {
  const ref = useRef<T>(null);
  const held = useRef(false);

  useEffect(() => {
    const place = ref.current;
    if (!place) return;
    const onFocus = () => {
      held.current = true;
    };
    // An element that is removed or disabled gives its focus to nothing.
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
