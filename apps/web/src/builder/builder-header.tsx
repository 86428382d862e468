/** The header of a workflow: the way back, its title and its status. */
import { Link } from 'react-router';
import type { ConnectionState, WorkflowSession, WorkflowState } from '#libs/client';
import { Brand } from '../design/brand.js';
import { SimulatorNote } from '../design/simulator-note.js';
import { StatusPill } from '../design/status.js';
import { ConnectionNote } from './connection-note.js';
import { DeleteWorkflow } from './delete-workflow.js';
import { ExportWorkflow } from './export-workflow.js';
import { WorkflowTitle } from './workflow-title.js';

interface BuilderHeaderProps {
  workflow: WorkflowState;
  connection: ConnectionState;
  session: WorkflowSession;
}

export function BuilderHeader({ workflow, connection, session }: BuilderHeaderProps) {
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b bg-surface px-4">
      <Link to="/" aria-label="Holdfast, start page" className="flex shrink-0 rounded-lg">
        <Brand compact />
      </Link>
      <span aria-hidden="true" className="ml-1 text-line-strong">
        /
      </span>
      <div className="flex min-w-0 flex-1 items-center">
        <WorkflowTitle workflow={workflow} session={session} />
      </div>
      <ConnectionNote connection={connection} session={session} />
      <div className="hidden sm:block">
        <SimulatorNote short />
      </div>
      <StatusPill
        status={workflow.status}
        runStatus={workflow.run?.status ?? null}
        asks={workflow.hooks.some((hook) => hook.status === 'WAITING')}
      />
      <ExportWorkflow workflow={workflow} />
      <DeleteWorkflow workflow={workflow} />
    </header>
  );
}
