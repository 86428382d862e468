/**
 * Unsent text, kept in this browser across reloads and navigation. Storage is bounded, and a browser without storage causes
 * no errors.
 */
import { useCallback, useState } from 'react';

type Keeper = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEY = 'holdfast:drafts';
/** The oldest are dropped first. */
const MAX_DRAFTS = 40;
/** A prompt that is too long is still kept, so that its author can shorten it. */
const MAX_CHARS = 64_000;

/** The browser's storage; `null` where it is not available. */
export function ownKeeper(): Keeper | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function isDraft(entry: unknown): entry is [place: string, text: string] {
  return Array.isArray(entry) && entry.length === 2 && entry.every((item) => typeof item === 'string');
}

function readAll(keeper: Keeper | null): Map<string, string> {
  try {
    const stored: unknown = JSON.parse(keeper?.getItem(KEY) ?? '[]');
    if (!Array.isArray(stored)) return new Map();
    return new Map(stored.filter(isDraft));
  } catch {
    return new Map();
  }
}

export function readDraft(keeper: Keeper | null, place: string): string {
  return readAll(keeper).get(place) ?? '';
}

/** Whitespace alone is not kept. */
export function keepDraft(keeper: Keeper | null, place: string, text: string): void {
  const drafts = readAll(keeper);
  drafts.delete(place);
  if (text.trim() !== '') drafts.set(place, text.slice(0, MAX_CHARS));
  const entries = [...drafts].slice(-MAX_DRAFTS);
  try {
    if (entries.length === 0) keeper?.removeItem(KEY);
    else keeper?.setItem(KEY, JSON.stringify(entries));
  } catch {
    // When the storage is full it keeps what it has; the text is still in its field.
  }
}

/** For the next person who uses this browser. */
export function forgetDrafts(keeper: Keeper | null = ownKeeper()): void {
  try {
    keeper?.removeItem(KEY);
  } catch {
    // A browser without storage has kept nothing.
  }
}

/**
 * A text being written, kept until it is sent.
 * @param place what the text is for; fields with the same place share it
 */
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
