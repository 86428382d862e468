/** A text that is being written, kept until it is sent. */
import { useCallback, useState } from 'react';
import { keepDraft, ownKeeper, readDraft } from './drafts.js';

/** @param place what the text is for; two fields of one place share it */
export function useDraft(place: string): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(() => readDraft(ownKeeper(), place));
  const write = useCallback(
    (next: string) => {
      setText(next);
      keepDraft(ownKeeper(), place, next);
    },
    [place],
  );
  return [text, write];
}
