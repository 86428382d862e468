/** One workflow: its conversation beside its canvas. Also handles the states before there is anything to show. */
import { useEffect, useState } from 'react';
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
import { useIsWide } from '../design/use-is-wide.js';
import { NotFoundPage } from './not-found-page.js';
import { OpeningPage } from './opening-page.js';

type Ready = Extract<SessionSnapshot, { phase: 'ready' }>;

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
      return <OpeningPage problem={snapshot.problem} onRetry={session.reconnect} />;
    case 'ready':
      return <Builder snapshot={snapshot} session={session} />;
  }
}

export function BuilderPage({ workflowId }: { workflowId: string }) {
  return isId('workflow', workflowId) ? <Followed workflowId={workflowId} /> : <NotFoundPage what="workflow" />;
}
