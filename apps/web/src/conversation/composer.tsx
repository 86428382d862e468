/** Where the next prompt is written; while a run goes on, why not, and the button that stops it. */
import { useMutation } from '@apollo/client/react';
import { LockKeyhole, Square } from 'lucide-react';
import { useState } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { agentLooks } from '../agents/agent-looks.js';
import { Button } from '../design/button.js';
import { problemSentence } from '../network/problem-sentence.js';
import { PromptField } from '../prompt/prompt-field.js';
import { useSubmitPrompt } from '../prompt/use-submit-prompt.js';

const CancelRunDocument = graphql(`
  mutation CancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      run {
        id
        status
      }
      userErrors {
        message
      }
    }
  }
`);

/** What a waiting run waits for is known here; everything else the server says as well. */
function lockSentence({ promptLock, hooks }: WorkflowState): string | undefined {
  if (promptLock?.reason !== 'WAITING_FOR_HOOK') return promptLock?.message;
  return hooks.some((hook) => hook.status === 'WAITING')
    ? 'The run waits for an answer. Answer it or stop it first.'
    : 'The run goes on by itself when its time has come. You can prompt again when it ends, or stop it.';
}

function Locked({ workflow, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  const [cancel, { loading }] = useMutation(CancelRunDocument);
  const [problem, setProblem] = useState<string | null>(null);
  const { promptLock, run } = workflow;
  const sentence = lockSentence(workflow);
  const stoppable = run !== null && promptLock?.reason !== 'NO_PERMISSION';

  async function stop() {
    if (!run) return;
    setProblem(null);
    try {
      const { data } = await cancel({ variables: { input: { runId: run.id } } });
      const [userError] = data?.cancelRun.userErrors ?? [];
      if (userError) setProblem(userError.message);
      session.refresh();
    } catch (error) {
      setProblem(problemSentence(error));
    }
  }

  return (
    <div className="rounded-2xl border border-line bg-sunken px-4 py-3">
      <div className="flex items-center gap-3">
        <LockKeyhole aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <p data-testid="prompt-lock" data-reason={promptLock?.reason} className="flex-1 text-ink-soft text-sm">
          {sentence}
        </p>
        {stoppable ? (
          <Button data-testid="stop" pending={loading} onClick={() => void stop()}>
            {loading ? null : <Square aria-hidden className="size-3 fill-current" />}
            {loading ? 'Stopping' : 'Stop'}
          </Button>
        ) : null}
      </div>
      {problem ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

interface ComposerProps {
  workflow: WorkflowState;
  session: WorkflowSession;
  onSent: () => void;
}

export function Composer({ workflow, session, onSent }: ComposerProps) {
  const [prompt, setPrompt] = useState('');
  const { submit, problem, clearProblem, pending } = useSubmitPrompt(workflow.id, workflow.agent);

  async function send() {
    if (!(await submit(prompt))) return;
    setPrompt('');
    session.refresh();
    onSent();
  }

  const { followUp } = agentLooks(workflow.agent);
  if (workflow.promptLock) return <Locked workflow={workflow} session={session} />;
  return (
    <PromptField
      label={followUp.label}
      placeholder={followUp.placeholder}
      value={prompt}
      onChange={(text) => {
        setPrompt(text);
        clearProblem();
      }}
      onSubmit={() => void send()}
      problem={problem}
      pending={pending}
    />
  );
}
