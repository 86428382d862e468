/** The questions of the newest run, for cards that stand anywhere in the conversation. */
import { createContext, useContext } from 'react';
import type { HookState } from '#libs/client';

export interface ShownHooks {
  hooks: readonly HookState[];
  onAnswered: () => void;
}

const HooksContext = createContext<ShownHooks>({ hooks: [], onAnswered: () => undefined });

export const HooksProvider = HooksContext.Provider;

export function useShownHooks(): ShownHooks {
  return useContext(HooksContext);
}
