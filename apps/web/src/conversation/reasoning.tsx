/** The model's reasoning: open while it is being written, one line afterwards. */
import { Brain, ChevronRight } from 'lucide-react';
import { memo, useState } from 'react';
import { AnswerText } from '../design/answer-text.js';

export const Reasoning = memo(function Reasoning({ text, streaming }: { text: string; streaming: boolean }) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? streaming;
  if (text.trim() === '') return null;
  return (
    <div data-testid="reasoning">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setChosen(!open)}
        className="flex items-center gap-2 rounded-md text-[0.8125rem] text-ink-faint hover:text-ink-soft"
      >
        <Brain aria-hidden className={`size-3.5 ${streaming ? 'animate-breathe text-accent' : ''}`} />
        {streaming ? 'Thinking' : 'Thought about it'}
        <ChevronRight aria-hidden className={`size-3.5 transition-transform ${open ? 'rotate-90' : ''}`} />
      </button>
      {open ? (
        <div className="mt-2 border-line border-l-2 pl-3 text-ink-soft [--prose-size:0.8125rem]">
          <AnswerText text={text} streaming={streaming} />
        </div>
      ) : null}
    </div>
  );
});
