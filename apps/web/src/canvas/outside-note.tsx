/** Says how many nodes are out of view and where; a click shows them all. Hidden while all are in view. */
import { useStore } from '@xyflow/react';
import { Maximize } from 'lucide-react';
import { Button } from '../design/button.js';
import { outsideOf, outsideWords, type Screen } from './camera-view.js';
import type { CanvasNode } from './canvas-graph.js';

interface OutsideNoteProps {
  nodes: readonly CanvasNode[];
  screen: Screen;
  onShowAll: () => void;
}

/** The text, or `null`. Re-renders only when the text changes, not with each pixel of a move. */
export function useOutsideWords(nodes: readonly CanvasNode[], screen: Screen): string | null {
  return useStore(({ transform: [x, y, zoom] }) =>
    screen.width === 0 ? null : outsideWords(outsideOf(nodes, { x, y, zoom }, screen)),
  );
}

export function OutsideNote({ nodes, screen, onShowAll }: OutsideNoteProps) {
  const words = useOutsideWords(nodes, screen);
  if (!words) return null;
  return (
    <div
      data-testid="nodes-outside"
      className="flex max-w-full items-center gap-2 rounded-xl border border-line bg-raised py-1 pr-1 pl-3 text-[0.8125rem] text-ink-soft shadow-card"
    >
      <span>{words}</span>
      <Button weight="bare" onClick={onShowAll}>
        <Maximize aria-hidden className="size-3.5" />
        Show all
      </Button>
    </div>
  );
}
