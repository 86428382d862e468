/** The field for the next prompt; during a run, the reason why it is locked and the button to stop the run. */
import { LockKeyhole } from 'lucide-react';
import { useEffect } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { agentLooks } from '../agents/agent-looks.js';
import { Problem } from '../design/problem.js';
import { useKeptFocus } from '../design/use-kept-focus.js';
import { useDraft } from '../drafts/drafts.js';
import { PromptField } from '../prompt/prompt-field.js';
import { useSubmitPrompt } from '../prompt/use-submit-prompt.js';
import { StopButton, useStopRun } from './stop-run.js';
import { useLockWords } from './use-lock-words.js';

function Locked({ workflow, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  const { promptLock, run } = workflow;
  const { stop, stopping, problem } = useStopRun(run?.id ?? '', session);
  const words = useLockWords(workflow);
  const stoppable = run !== null && promptLock?.reason !== 'NO_PERMISSION';
  return (
    <div tabIndex={-1} data-takes-focus className="rounded-2xl border border-line bg-sunken px-4 py-3">
      <div className="flex items-center gap-3">
        <LockKeyhole aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <p data-testid="prompt-lock" data-reason={promptLock?.reason} className="flex-1 text-ink-soft text-sm">
          {words}
        </p>
        {stoppable ? <StopButton stopping={stopping} onStop={() => void stop()} /> : null}
      </div>
      <Problem text={problem} className="mt-2" />
    </div>
  );
}

interface ComposerProps {
  workflow: WorkflowState;
  session: WorkflowSession;
  onSent: () => void;
}

export function Composer({ workflow, session, onSent }: ComposerProps) {
  const [prompt, setPrompt] = useDraft(`prompt for ${workflow.id}`);
  const { submit, problem, clearProblem, pending } = useSubmitPrompt(workflow.id, workflow.agent);
  const locked = workflow.promptLock !== null;
  const moment = `${workflow.status} ${workflow.run?.id} ${workflow.run?.status}`;
  const place = useKeptFocus<HTMLDivElement>(locked ? moment : null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was refused in another state of the workflow says nothing about this one.
  useEffect(clearProblem, [moment]);

  async function send() {
    if (!(await submit(prompt))) return;
    setPrompt('');
    session.refresh();
    onSent();
  }

  const { followUp } = agentLooks(workflow.agent);
  return (
    <div ref={place}>
      {locked ? (
        <Locked key={moment} workflow={workflow} session={session} />
      ) : (
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
      )}
    </div>
  );
}
