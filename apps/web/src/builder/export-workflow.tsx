/** Takes a workflow along: as a file for another tool or as a picture, with what the format leaves out. */
import { useQuery } from '@apollo/client/react';
import { Download } from 'lucide-react';
import { useRef, useState } from 'react';
import type { WorkflowState } from '#libs/client';
import type { ExportFormat, WorkflowExportQuery } from '../__generated__/graphql.js';
import { WorkflowExportDocument } from '../__generated__/graphql.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { problemSentence, useAction } from '../network/use-action.js';
import { pngOf, saveFile } from './save-file.js';

type Exported = NonNullable<WorkflowExportQuery['workflow']>['export'];

const choices: { name: string; hint: string; format: ExportFormat; picture?: true }[] = [
  { name: 'Holdfast', hint: 'Holdfast’s own file, as JSON. It loses nothing.', format: 'JSON' },
  { name: 'n8n', hint: 'For the import of n8n', format: 'N8N' },
  { name: 'Step Functions', hint: 'Amazon States Language', format: 'ASL' },
  { name: 'Mermaid', hint: 'A flowchart as text', format: 'MERMAID' },
  { name: 'SVG', hint: 'A picture of any size', format: 'SVG' },
  { name: 'PNG', hint: 'A picture', format: 'SVG', picture: true },
];

export function ExportWorkflow({ workflow }: { workflow: WorkflowState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const isEmpty = workflow.graph.nodes.length === 0;
  return (
    <>
      <Button
        weight="bare"
        aria-label="Export workflow"
        title={isEmpty ? 'There are no steps to export yet' : 'Export workflow'}
        disabled={isEmpty}
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
        className="px-2!"
      >
        <Download aria-hidden className="size-4" />
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby="export-title"
        onClose={() => setOpen(false)}
        className="m-auto max-h-[85dvh] w-[min(30rem,calc(100vw-2rem))] rounded-2xl border border-line bg-raised p-6 text-ink shadow-lifted backdrop:bg-black/40"
      >
        <h2 id="export-title" className="mb-3 font-semibold tracking-tight">
          Export this workflow
        </h2>
        {open ? <Export workflow={workflow} onDone={() => dialog.current?.close()} /> : null}
      </dialog>
    </>
  );
}

function Export({ workflow, onDone }: { workflow: WorkflowState; onDone: () => void }) {
  const [chosen, setChosen] = useState(choices[0]);
  const { act, pending, problem } = useAction();
  const variables = { id: workflow.id, format: chosen?.format ?? 'JSON' };
  const { data, error, loading, refetch } = useQuery(WorkflowExportDocument, {
    variables,
    fetchPolicy: 'no-cache',
  });
  const exported = data?.workflow?.export ?? null;

  async function save({ filename, mediaType, content }: Exported) {
    await act(async () => {
      if (chosen?.picture) saveFile(filename.replace(/svg$/, 'png'), await pngOf(content));
      else saveFile(filename, new Blob([content], { type: mediaType }));
      onDone();
    });
  }

  return (
    <>
      <fieldset className="grid grid-cols-2 gap-2 sm:grid-cols-3">
        <legend className="sr-only">Format</legend>
        {choices.map((choice) => (
          <label
            key={choice.name}
            className="cursor-pointer rounded-xl border border-line px-3 py-2 text-sm transition-colors has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="export-format"
              checked={choice === chosen}
              onChange={() => setChosen(choice)}
              className="sr-only"
            />
            <span className="block font-medium">{choice.name}</span>
            <span className="block text-ink-soft text-xs leading-snug">{choice.hint}</span>
          </label>
        ))}
      </fieldset>
      <div aria-live="polite" aria-busy={loading} className="mt-4 min-h-24 text-sm">
        {error ? (
          <p role="alert" className="flex flex-wrap items-center gap-3 text-bad">
            {problemSentence(error)} <Button onClick={() => void refetch()}>Try again</Button>
          </p>
        ) : null}
        {data && !exported ? <p role="alert">This workflow does not exist any more.</p> : null}
        {exported && !loading ? <Losses losses={exported.losses} labels={labelsOf(workflow)} /> : null}
        {loading ? <div className="skeleton h-4 w-3/5" /> : null}
        <Problem text={problem} className="mt-2" />
      </div>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button
          weight="primary"
          pending={pending}
          disabled={exported === null || loading}
          onClick={() => exported && void save(exported)}
        >
          Download
        </Button>
      </div>
    </>
  );
}

function Losses({ losses, labels }: { losses: Exported['losses']; labels: ReadonlyMap<string, string> }) {
  if (losses.length === 0) return <p className="text-ink-soft">This format holds everything.</p>;
  return (
    <>
      <p className="mb-2 text-ink-soft">
        {losses.length === 1 ? 'One thing has' : `${losses.length} things have`} no counterpart in this format:
      </p>
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard.
        tabIndex={0}
        aria-label="What this format leaves out"
        className="max-h-48 space-y-1.5 overflow-y-auto"
      >
        {losses.map(({ nodeId, path, message }) => (
          <li key={`${nodeId} ${path} ${message}`}>
            {nodeId ? <b className="font-medium">{labels.get(nodeId) ?? nodeId}: </b> : null}
            {message}
          </li>
        ))}
      </ul>
    </>
  );
}

const labelsOf = ({ graph }: WorkflowState) => new Map(graph.nodes.map(({ id, label }) => [id, label]));
