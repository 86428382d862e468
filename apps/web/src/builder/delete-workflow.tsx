/** Deleting a workflow, after asking once. */
import { useApolloClient, useMutation } from '@apollo/client/react';
import { Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { WorkflowState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { Button } from '../design/button.js';
import { problemSentence } from '../network/problem-sentence.js';

const DeleteWorkflowDocument = graphql(`
  mutation DeleteWorkflow($input: DeleteWorkflowInput!) {
    deleteWorkflow(input: $input) {
      deletedWorkflowId
      userErrors {
        message
      }
    }
  }
`);

export function DeleteWorkflow({ workflow }: { workflow: WorkflowState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [remove, { loading }] = useMutation(DeleteWorkflowDocument);
  const client = useApolloClient();
  const navigate = useNavigate();
  // The server refuses it while a run goes on, also while that run waits.
  const busy = workflow.status !== 'IDLE' && workflow.status !== 'FAILED';

  async function confirm() {
    try {
      const { data } = await remove({ variables: { input: { workflowId: workflow.id } } });
      const [userError] = data?.deleteWorkflow.userErrors ?? [];
      if (userError) return setProblem(userError.message);
      client.cache.evict({ id: client.cache.identify({ __typename: 'Workflow', id: workflow.id }) });
      await navigate('/');
    } catch (error) {
      setProblem(problemSentence(error));
    }
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
        {problem ? (
          <p role="alert" className="mt-3 text-bad text-sm">
            {problem}
          </p>
        ) : null}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button weight="danger" pending={loading} onClick={() => void confirm()}>
            Delete
          </Button>
        </div>
      </dialog>
    </>
  );
}
