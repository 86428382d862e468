/** One node on the canvas. Its size is fixed, so that it can be placed before it is measured. */

import { Handle, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { ownValue } from '#libs/contracts';
import { Boundary } from '../design/boundary.js';
import { quoted } from '../design/quoted.js';
import type { BranchHandle, CanvasNode } from './canvas-graph.js';
import { countedIssues, gravest, issueLooks } from './issue-looks.js';
import { NodeIcon } from './node-icon.js';

const tints: Readonly<Record<string, string>> = {
  trigger: 'bg-accent-soft text-accent',
  logic: 'bg-warn-soft text-warn',
  action: 'bg-sunken text-ink-soft',
};

function IssueBadge({ issues }: { issues: CanvasNode['data']['issues'] }) {
  const severity = gravest(issues);
  if (!severity) return null;
  const { Icon, badge } = issueLooks[severity];
  return (
    <span
      title={issues.map((issue) => quoted(issue.message)).join('\n')}
      className={`-top-2 -right-2 absolute flex h-5 items-center gap-1 rounded-full border border-surface px-1.5 font-medium text-[0.6875rem] ${badge}`}
    >
      <Icon aria-hidden className="size-3" />
      <span aria-hidden="true">{issues.length}</span>
      <span className="sr-only">{countedIssues(issues)}</span>
    </span>
  );
}

/** A branch without an edge yet: a short line with an end. */
function OpenBranch({ name }: { name: string }) {
  return (
    <span
      data-testid="open-branch"
      className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-1.5 flex items-center whitespace-nowrap text-ink-faint text-xs leading-none"
    >
      <span aria-hidden="true" className="w-3 border-line-strong border-t border-dashed" />
      <span aria-hidden="true" className="h-2 border-line-strong border-l-2" />
      <span className="ml-1 max-w-16 truncate rounded-full bg-page py-0.5">{name}</span>
    </span>
  );
}

function Outputs({ branches, used }: { branches: readonly BranchHandle[] | null; used: boolean }) {
  if (!branches)
    return <Handle type="source" position={Position.Right} isConnectable={false} className={used ? '' : 'opacity-0'} />;
  return branches.map((branch, at) => {
    const top = `${((at + 1) / (branches.length + 1)) * 100}%`;
    return (
      <Handle
        key={branch.name}
        id={branch.name}
        type="source"
        position={Position.Right}
        isConnectable={false}
        style={{ top }}
        title={branch.name}
      >
        {branch.connected ? null : <OpenBranch name={branch.name} />}
      </Handle>
    );
  });
}

/** Replaces a node that cannot be drawn, so that the others keep their places. */
const notDrawn = (
  <div className="grid size-full place-items-center rounded-2xl border border-warn/40 bg-warn-soft px-3 text-center text-sm text-warn">
    This step can’t be shown.
  </div>
);

export function CanvasNodeView(props: NodeProps<CanvasNode>) {
  return (
    <Boundary what="This step" from={props.data} instead={notDrawn}>
      <NodeBox {...props} />
    </Boundary>
  );
}

const NodeBox = memo(function NodeBox({ data, selected }: NodeProps<CanvasNode>) {
  const { node, info, issues, branches, hasInput, hasOutput, fresh } = data;
  return (
    <div
      className={`relative flex size-full items-center gap-2.5 rounded-2xl border bg-surface px-3 text-left shadow-card transition-[border-color,box-shadow] hover:shadow-lifted ${selected ? 'border-accent ring-2 ring-accent/25' : 'border-line'} ${fresh ? 'animate-fade' : ''}`}
    >
      {hasInput ? <Handle type="target" position={Position.Left} isConnectable={false} className="opacity-0" /> : null}
      <span
        className={`grid size-11 shrink-0 place-items-center rounded-xl ${ownValue(tints, info?.category ?? 'action') ?? tints.action}`}
      >
        <NodeIcon name={info?.icon} className="size-5" />
      </span>
      <span className="min-w-0 flex-1">
        <span dir="auto" className="line-clamp-2 font-medium text-[0.9375rem] leading-[1.15]" title={node.label}>
          {node.label}
        </span>{' '}
        <span className="mt-0.5 block truncate text-[0.8125rem] text-ink-faint leading-tight">
          {info?.title ?? node.type}
        </span>
      </span>
      <IssueBadge issues={issues} />
      <Outputs branches={branches} used={hasOutput} />
    </div>
  );
});
