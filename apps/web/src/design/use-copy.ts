/** Copies a text to the clipboard, and tells whether that worked. */
import { useState } from 'react';

export function useCopy(text: string): { copied: boolean; copy: () => Promise<void> } {
  const [copied, setCopied] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Not allowed here (no secure origin, no permission); the text can still be selected.
      setCopied(false);
    }
  }
  return { copied, copy };
}
