/** The start page: a prompt, and the existing workflows. */
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { DEFAULT_AGENT } from '#libs/contracts';
import { AccountMenu } from '../account/account-menu.js';
import { AgentChoice } from '../agents/agent-choice.js';
import { agentLooks } from '../agents/agent-looks.js';
import { Brand } from '../design/brand.js';
import { Button } from '../design/button.js';
import { SimulatorNote } from '../design/simulator-note.js';
import { useDraft } from '../drafts/drafts.js';
import { PromptField } from '../prompt/prompt-field.js';
import { useSubmitPrompt } from '../prompt/use-submit-prompt.js';
import { type ExamplePrompt, examplesOf, isExample } from '../start/example-prompts.js';
import { WorkflowList } from '../start/workflow-list.js';

export function StartPage() {
  const [prompt, setPrompt] = useDraft('start');
  /** An example chosen while the field contains other text. */
  const [offered, setOffered] = useState<ExamplePrompt | null>(null);
  const [agent, setAgent] = useState<string>(DEFAULT_AGENT);
  const { submit, problem, clearProblem, pending } = useSubmitPrompt(null, agent);
  const field = useRef<HTMLTextAreaElement>(null);
  const looks = agentLooks(agent);
  const navigate = useNavigate();

  async function start() {
    const workflowId = await submit(prompt);
    if (!workflowId) return;
    setPrompt('');
    await navigate(`/w/${workflowId}`);
  }

  function write(text: string) {
    setPrompt(text);
    setOffered(null);
    clearProblem();
  }

  function use(example: ExamplePrompt) {
    write(example.prompt);
    // Enter then sends the chosen example instead of choosing it again.
    field.current?.focus();
  }

  return (
    <div className="min-h-full">
      <title>Holdfast</title>
      <header className="mx-auto flex h-16 max-w-5xl items-center justify-between px-5">
        <Brand />
        <div className="flex items-center gap-2">
          <SimulatorNote />
          <AccountMenu />
        </div>
      </header>
      <main className="mx-auto max-w-3xl px-5 pb-24">
        <section aria-labelledby="wish" className="pt-[clamp(2rem,10vh,7rem)]">
          <h1 id="wish" className="text-balance text-center font-semibold text-4xl tracking-tight sm:text-5xl">
            {looks.question}
          </h1>
          <p className="mx-auto mt-4 mb-7 max-w-xl text-balance text-center text-ink-soft text-lg leading-relaxed">
            {looks.promise} Close this page any time; the work continues.
          </p>
          <AgentChoice chosen={agent} onChoose={setAgent} disabled={pending} />
          <PromptField
            large
            autoFocus
            fieldRef={field}
            label={looks.label}
            placeholder={looks.placeholder}
            value={prompt}
            onChange={write}
            onSubmit={() => void start()}
            problem={problem}
            pending={pending}
            aside={
              <span className="hidden sm:inline">
                <kbd className="font-sans">Enter</kbd> to send, <kbd className="font-sans">Shift + Enter</kbd> for a new
                line
              </span>
            }
          />
          <ul aria-label="Examples" className="mt-5 flex flex-wrap justify-center gap-2">
            {examplesOf(agent).map((example) => (
              <li key={example.name}>
                <button
                  type="button"
                  data-testid="example"
                  title={example.prompt}
                  disabled={pending}
                  onClick={() => {
                    // An example never replaces text that the user has written.
                    if (prompt.trim() === '' || isExample(prompt)) use(example);
                    else setOffered(example);
                  }}
                  className="rounded-full border border-line bg-surface/60 px-3.5 py-1.5 pointer-coarse:min-h-11 text-[0.8125rem] text-ink-soft transition-colors hover:border-line-strong hover:bg-surface hover:text-ink"
                >
                  {example.name}
                </button>
              </li>
            ))}
          </ul>
          {offered ? (
            <p
              role="status"
              data-testid="example-offer"
              className="mt-3 flex flex-wrap items-center justify-center gap-2 text-ink-soft text-sm"
            >
              Replace what you wrote with “{offered.name}”?
              <Button onClick={() => use(offered)}>Replace</Button>
              <Button weight="bare" onClick={() => setOffered(null)}>
                Keep mine
              </Button>
            </p>
          ) : null}
        </section>
        <section aria-labelledby="built" className="mt-20">
          <h2 id="built" className="mb-3 font-medium text-ink-soft text-sm">
            Recent work
          </h2>
          <WorkflowList />
        </section>
      </main>
    </div>
  );
}
