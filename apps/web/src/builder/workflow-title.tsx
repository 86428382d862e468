/** The title, which becomes a field when clicked. Enter saves, Escape cancels. */
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { limits } from '#libs/contracts';
import { useKeptFocus } from '../design/use-kept-focus.js';
import { useAction } from '../network/use-action.js';

export function WorkflowTitle({ workflow, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  const [draft, setDraft] = useState<string | null>(null);
  const client = useHoldfastClient();
  const { act, pending, problem, setProblem } = useAction();
  const place = useKeptFocus<HTMLHeadingElement>(draft === null);

  function stop() {
    setDraft(null);
    setProblem(null);
  }

  async function save() {
    const title = draft?.trim() ?? '';
    if (title === '' || title === workflow.title) return stop();
    const renamed = await act(() => client.renameWorkflow(workflow.id, title));
    if (!renamed) return;
    session.showTitle(renamed.title);
    stop();
  }

  return (
    <h1 ref={place} className={`min-w-0 ${draft === null ? '' : 'relative flex-1'}`}>
      {draft === null ? (
        <button
          type="button"
          data-testid="title"
          data-takes-focus
          title="Rename"
          aria-label={`Rename “${workflow.title || 'Untitled'}”`}
          onClick={() => setDraft(workflow.title)}
          className="group flex max-w-full items-center gap-2 rounded-md px-2 py-1 font-semibold text-[0.9375rem] tracking-tight hover:bg-sunken"
        >
          <span dir="auto" className="truncate">
            {workflow.title || 'Untitled'}
          </span>
          <Pencil
            aria-hidden
            className="size-3.5 shrink-0 text-ink-faint opacity-0 transition-opacity group-hover:opacity-100 group-focus-visible:opacity-100"
          />
        </button>
      ) : (
        <>
          <input
            // biome-ignore lint/a11y/noAutofocus: the field replaces the button that was just pressed.
            autoFocus
            aria-label="Title"
            aria-invalid={problem !== null}
            data-testid="title-input"
            value={draft}
            maxLength={limits.titleChars}
            readOnly={pending}
            onChange={(event) => setDraft(event.target.value)}
            onFocus={(event) => event.target.select()}
            onBlur={() => void save()}
            onKeyDown={(event) => {
              if (event.key === 'Enter') void save();
              if (event.key === 'Escape') stop();
            }}
            className="w-full max-w-lg rounded-md border border-accent bg-surface px-2 py-1 font-semibold text-[0.9375rem] tracking-tight outline-none"
          />
          {problem ? (
            <p
              role="alert"
              className="absolute top-full left-0 z-20 mt-1 rounded-md bg-bad-soft px-2 py-1 text-bad text-xs"
            >
              {problem}
            </p>
          ) : null}
        </>
      )}
    </h1>
  );
}
