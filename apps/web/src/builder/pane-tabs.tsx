/** The two panes of a workflow as tabs, for screens with room for only one. Arrow keys move between tabs. */

import { LayoutDashboard, MessageSquareText } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { ownValue } from '#libs/contracts';

export type Pane = 'conversation' | 'canvas';

const panes = [
  { pane: 'conversation', word: 'Conversation', Icon: MessageSquareText },
  { pane: 'canvas', word: 'Canvas', Icon: LayoutDashboard },
] as const;

const neighbour: Readonly<Record<string, Pane>> = {
  ArrowLeft: 'conversation',
  Home: 'conversation',
  ArrowRight: 'canvas',
  End: 'canvas',
};

export function PaneTabs({ shown, onShow }: { shown: Pane; onShow: (pane: Pane) => void }) {
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const next = ownValue(neighbour, event.key);
    if (!next) return;
    event.preventDefault();
    onShow(next);
    event.currentTarget.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  }

  return (
    <div
      role="tablist"
      aria-label="Panes"
      onKeyDown={onKeyDown}
      className="grid grid-cols-2 border-line border-b bg-surface lg:hidden"
    >
      {panes.map(({ pane, word, Icon }) => (
        <button
          key={pane}
          type="button"
          role="tab"
          id={`tab-${pane}`}
          aria-controls={`pane-${pane}`}
          aria-selected={shown === pane}
          // One tab stop; the arrow keys move within.
          tabIndex={shown === pane ? 0 : -1}
          onClick={() => onShow(pane)}
          className="flex h-10 items-center justify-center gap-2 border-transparent border-b-2 text-ink-soft text-sm aria-selected:border-accent aria-selected:text-ink"
        >
          <Icon aria-hidden className="size-4" />
          {word}
        </button>
      ))}
    </div>
  );
}
