/** Deletes a workflow after a confirmation. */
import { useApolloClient } from '@apollo/client/react';
import { Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { useNavigate } from 'react-router';
import type { WorkflowState } from '#libs/client';
import { useHoldfastClient } from '#libs/client/react';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { useAction } from '../network/use-action.js';

export function DeleteWorkflow({ workflow }: { workflow: WorkflowState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { act, pending, problem, setProblem } = useAction();
  const client = useHoldfastClient();
  const { cache } = useApolloClient();
  const navigate = useNavigate();
  // The server refuses to delete a workflow during a run, even while that run waits.
  const busy = workflow.status !== 'IDLE' && workflow.status !== 'FAILED';

  async function confirm() {
    await act(async () => {
      await client.deleteWorkflow(workflow.id);
      cache.evict({ id: cache.identify({ __typename: 'Workflow', id: workflow.id }) });
      await navigate('/');
    });
  }

  return (
    <>
      <Button
        weight="bare"
        aria-label="Delete workflow"
        title={busy ? 'Stop the run first, then delete' : 'Delete workflow'}
        disabled={busy}
        onClick={() => {
          setProblem(null);
          dialog.current?.showModal();
        }}
        className="px-2!"
      >
        <Trash2 aria-hidden className="size-4" />
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby="delete-question"
        className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-2xl border border-line bg-raised p-6 text-ink shadow-lifted backdrop:bg-black/40"
      >
        <h2 id="delete-question" className="mb-2 font-semibold tracking-tight">
          Delete this workflow?
        </h2>
        <p className="text-ink-soft text-sm leading-relaxed">
          This also deletes its conversation, runs and graph. You can’t undo it.
        </p>
        <Problem text={problem} className="mt-3" />
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button weight="danger" pending={pending} onClick={() => void confirm()}>
            Delete
          </Button>
        </div>
      </dialog>
    </>
  );
}
