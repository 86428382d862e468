/** Says that answers come from a simulator. Hidden when a model is used. */
import { FlaskConical } from 'lucide-react';
import { useServerInfo } from '../network/server-info.js';

const sentence = 'Answers come from the built-in simulator, not from a model.';

/** @param short always a single word; otherwise a sentence where there is room for it */
export function SimulatorNote({ short = false }: { short?: boolean }) {
  const { simulated } = useServerInfo();
  if (!simulated) return null;
  return (
    <p
      title={sentence}
      data-testid="simulator-note"
      className="inline-flex items-center gap-1.5 whitespace-nowrap rounded-full border border-line px-2.5 py-1 text-ink-soft text-xs"
    >
      <FlaskConical aria-hidden className="size-3.5 shrink-0" />
      <span aria-hidden="true" className={short ? '' : 'sm:hidden'}>
        Simulator
      </span>
      <span className={short ? 'sr-only' : 'max-sm:sr-only'}>{sentence}</span>
    </p>
  );
}
