/** One workflow: its conversation beside its canvas. Also handles the states before there is anything to show. */
import { CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import type { SessionSnapshot, WorkflowSession } from '#libs/client';
import { useWorkflow } from '#libs/client/react';
import { isId } from '#libs/contracts';
import { agentLooks } from '../agents/agent-looks.js';
import { BuilderHeader } from '../builder/builder-header.js';
import { type Pane, PaneTabs } from '../builder/pane-tabs.js';
import { useLiveTitle } from '../builder/use-live-title.js';
import { WorkflowCanvas } from '../canvas/workflow-canvas.js';
import { Conversation } from '../conversation/conversation.js';
import { StopBar } from '../conversation/stop-run.js';
import { Boundary } from '../design/boundary.js';
import { Brand } from '../design/brand.js';
import { Button } from '../design/button.js';
import { useIsWide } from '../design/use-is-wide.js';
import { NotFoundPage } from './not-found-page.js';

type Ready = Extract<SessionSnapshot, { phase: 'ready' }>;

/** Placeholder while the first answer is pending, with a sentence when it takes long or was refused. */
function Opening({
  snapshot,
  session,
}: {
  snapshot: Extract<SessionSnapshot, { phase: 'loading' }>;
  session: WorkflowSession;
}) {
  return (
    <div className="flex h-full flex-col">
      <title>Holdfast</title>
      <header className="flex h-14 items-center gap-4 border-line border-b bg-surface px-4">
        <Link to="/" aria-label="Holdfast, start page" className="flex rounded-lg">
          <Brand compact />
        </Link>
        <div className="skeleton h-4 w-48" />
      </header>
      <main aria-busy={snapshot.problem === null} className="flex min-h-0 flex-1 flex-col">
        <h1 className="sr-only">Opening a workflow</h1>
        {snapshot.problem ? (
          <div role="alert" className="m-auto max-w-sm px-6 pb-24 text-center">
            <CloudOff aria-hidden className="mx-auto mb-4 size-7 text-ink-faint" strokeWidth={1.5} />
            <p className="mb-4 text-ink-soft">{snapshot.problem}</p>
            <Button onClick={session.reconnect}>Try now</Button>
          </div>
        ) : (
          <div className="grid min-h-0 flex-1 lg:grid-cols-[25rem_1fr]">
            <div className="space-y-4 border-line border-r bg-surface p-6">
              <div className="skeleton ml-auto h-16 w-4/5" />
              <div className="skeleton h-4 w-full" />
              <div className="skeleton h-4 w-3/5" />
            </div>
          </div>
        )}
      </main>
    </div>
  );
}

function Builder({ snapshot, session }: { snapshot: Ready; session: WorkflowSession }) {
  const [shown, setShown] = useState<Pane>('conversation');
  const { workflow, messages, history, connection } = snapshot;
  const isWide = useIsWide();
  // Agents that draw no graph get the full width for their conversation; an existing graph is always shown.
  const drawn = agentLooks(workflow.agent).draws || workflow.graph.nodes.length > 0;
  const paneRole = drawn && !isWide ? 'tabpanel' : undefined;
  const { run, status } = workflow;
  const stoppable = run !== null && status !== 'IDLE' && status !== 'FAILED';
  useLiveTitle(workflow, session);
  useEffect(() => {
    document.title = `${workflow.title || 'Untitled'} · Holdfast`;
  }, [workflow.title]);
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <Boundary what="The header" from={workflow}>
        <BuilderHeader workflow={workflow} connection={connection} session={session} />
      </Boundary>
      <main className="flex min-h-0 flex-1 flex-col">
        {drawn ? <PaneTabs shown={shown} onShow={setShown} /> : null}
        <div
          className={`grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] ${drawn ? 'lg:grid-cols-[25rem_minmax(0,1fr)]' : ''}`}
        >
          <section
            id="pane-conversation"
            role={paneRole}
            aria-label="Conversation"
            className={`min-h-0 border-line bg-surface lg:block ${drawn ? 'lg:border-r' : ''} ${shown === 'conversation' || !drawn ? '' : 'hidden'}`}
          >
            <Boundary what="The conversation" from={messages} fills>
              <Conversation workflow={workflow} messages={messages} history={history} session={session} />
            </Boundary>
          </section>
          {drawn ? (
            <section
              id="pane-canvas"
              role={paneRole}
              aria-label="Canvas"
              className={`min-h-0 flex-col lg:flex ${shown === 'canvas' ? 'flex' : 'hidden'}`}
            >
              <div className="min-h-0 flex-1">
                <Boundary what="The canvas" from={workflow.graph} fills>
                  <WorkflowCanvas graph={workflow.graph} status={workflow.status} />
                </Boundary>
              </div>
              {stoppable ? <StopBar workflow={workflow} session={session} /> : null}
            </section>
          ) : null}
        </div>
      </main>
    </div>
  );
}

function Followed({ workflowId }: { workflowId: string }) {
  const { snapshot, session } = useWorkflow(workflowId);
  switch (snapshot.phase) {
    case 'not-found':
      return <NotFoundPage what="workflow" />;
    case 'loading':
      return <Opening snapshot={snapshot} session={session} />;
    case 'ready':
      return <Builder snapshot={snapshot} session={session} />;
  }
}

export function BuilderPage({ workflowId }: { workflowId: string }) {
  return isId('workflow', workflowId) ? <Followed workflowId={workflowId} /> : <NotFoundPage what="workflow" />;
}
