/** One tool call: a one-line description, with its input and output on demand. */
import { Check, ChevronRight, CircleSlash, LoaderCircle, X } from 'lucide-react';
import { memo } from 'react';
import type { MessagePart } from '#libs/client';
import { interruptedToolError } from '#libs/contracts';
import { CodeBlock } from '../design/code-block.js';
import { fieldsOf, listOf } from '../fields.js';
import { type ToolPhase, toolWords } from './tool-words.js';

type ToolPart = Extract<MessagePart, { toolCallId: string }>;

export function isToolPart(part: MessagePart): part is ToolPart {
  return 'toolCallId' in part && (part.type === 'dynamic-tool' || part.type.startsWith('tool-'));
}

function phaseOf(part: ToolPart): ToolPhase {
  switch (part.state) {
    case 'output-available':
      return part.preliminary ? 'running' : 'done';
    case 'output-error':
      return part.errorText === interruptedToolError ? 'stopped' : 'failed';
    case 'output-denied':
      return 'failed';
    default:
      return 'running';
  }
}

const marks = {
  running: <LoaderCircle aria-label="running" className="size-3.5 animate-spin text-accent" />,
  done: <Check aria-label="done" className="size-3.5 text-good" strokeWidth={2.5} />,
  stopped: <CircleSlash aria-label="stopped" className="size-3.5 text-ink-faint" />,
  failed: <X aria-label="failed" className="size-3.5 text-bad" strokeWidth={2.5} />,
};

function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <p className="mb-1 text-ink-faint text-xs">{title}</p>
      <CodeBlock text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)} />
    </div>
  );
}

/** A tool's advice to the model about its mistakes is not part of the result. */
function withoutAdvice(output: unknown): unknown {
  if (listOf(fieldsOf(output).problems).length === 0) return output;
  const { problems: _, ...done } = fieldsOf(output);
  return done;
}

interface ToolCardProps {
  part: ToolPart;
  labelOf: (nodeId: string) => string | undefined;
}

export const ToolCard = memo(function ToolCard({ part, labelOf }: ToolCardProps) {
  const name = part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length);
  const phase = phaseOf(part);
  const { title, subject } = toolWords({ name, phase, input: part.input, output: part.output }, labelOf);
  return (
    <details
      data-testid="tool-card"
      data-tool={name}
      data-state={phase}
      className="group rounded-xl border border-line"
    >
      <summary className="flex list-none items-center gap-2.5 rounded-xl px-3 py-2 text-[0.8125rem] hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <span className="grid size-4 shrink-0 place-items-center">{marks[phase]}</span>
        <span dir="auto" className="min-w-0 flex-1 truncate" title={subject ?? undefined}>
          {title}
          {subject ? <span className="text-ink-faint">: {subject}</span> : null}
        </span>
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-ink-faint transition-transform group-open:rotate-90"
        />
      </summary>
      <div className="space-y-3 border-line border-t p-3">
        {part.input === undefined ? null : <Json title="Input" value={part.input} />}
        {part.state === 'output-available' ? <Json title="Output" value={withoutAdvice(part.output)} /> : null}
        {phase === 'failed' ? (
          <p className="text-ink-soft text-xs">
            It didn’t work this time. The assistant was told why and can try another way.
          </p>
        ) : null}
      </div>
    </details>
  );
});
