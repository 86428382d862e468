/** The details of one node: its parameters, the linter's findings and the documentation of its type. */
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { GraphIssueState, GraphNodeState } from '#libs/client';
import { AnswerText } from '../design/answer-text.js';
import { Button } from '../design/button.js';
import { CodeBlock } from '../design/code-block.js';
import { DETAILS_SHARE } from './camera-view.js';
import { IssueLine } from './issue-looks.js';
import type { NodeTypeInfo } from './node-catalog.js';
import { NodeIcon } from './node-icon.js';

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') return <span className="text-ink-faint">empty</span>;
  if (typeof value === 'object') return <CodeBlock text={JSON.stringify(value, null, 2)} />;
  return (
    <span dir="auto" className="block whitespace-pre-wrap text-sm [overflow-wrap:anywhere]">
      {String(value)}
    </span>
  );
}

interface NodeDetailsProps {
  node: GraphNodeState;
  info: NodeTypeInfo | undefined;
  issues: readonly GraphIssueState[];
  /** Below the graph instead of beside it. */
  below: boolean;
  onClose: () => void;
}

export function NodeDetails({ node, info, issues, below, onClose }: NodeDetailsProps) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);

  const panel = useRef<HTMLElement>(null);
  // Focus moves to the details when they open, and back to the node when they close.
  useEffect(() => {
    const id = node.id;
    panel.current?.focus({ preventScroll: true });
    return () => {
      const nodes = document.querySelectorAll<HTMLElement>('[data-testid=canvas-node]');
      [...nodes].find((element) => element.dataset.nodeId === id)?.focus({ preventScroll: true });
    };
  }, [node.id]);

  const parameters = Object.entries(node.parameters);
  return (
    <section
      ref={panel}
      tabIndex={-1}
      aria-label={`Details of ${node.label}`}
      data-testid="node-details"
      style={below ? { maxHeight: `${DETAILS_SHARE * 100}%` } : undefined}
      className={`absolute right-3 bottom-3 z-10 flex animate-appear flex-col overflow-hidden rounded-2xl border outline-none focus-visible:border-accent border-line bg-raised shadow-lifted ${below ? 'left-3' : 'top-3 w-88'}`}
    >
      <header className="flex items-start gap-3 border-line border-b p-4">
        <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-sunken text-ink-soft">
          <NodeIcon name={info?.icon} className="size-4.5" />
        </span>
        <div className="min-w-0 flex-1">
          <h2
            dir="auto"
            className="font-semibold text-[0.9375rem] leading-snug tracking-tight [overflow-wrap:anywhere]"
          >
            {node.label}
          </h2>
          <p className="text-ink-faint text-xs">{info?.title ?? node.type}</p>
        </div>
        <Button weight="bare" aria-label="Close details" onClick={onClose} className="px-2!">
          <X aria-hidden className="size-4" />
        </Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard. */}
      <div tabIndex={0} className="min-h-0 flex-1 space-y-5 overflow-y-auto p-4">
        {issues.length > 0 ? (
          <ul className="space-y-2">
            {issues.map((issue) => (
              <li key={`${issue.code} ${issue.path} ${issue.message}`}>
                <IssueLine issue={issue} />
              </li>
            ))}
          </ul>
        ) : null}
        <section aria-label="Parameters">
          <h3 className="mb-2 font-medium text-ink-faint text-xs">Parameters</h3>
          {parameters.length === 0 ? (
            <p className="text-ink-soft text-sm">This step needs none.</p>
          ) : (
            <dl className="space-y-3">
              {parameters.map(([name, value]) => (
                <div key={name}>
                  <dt
                    className="mb-0.5 font-mono text-ink-soft text-xs"
                    title={info?.parameters.find((parameter) => parameter.name === name)?.description}
                  >
                    {name}
                  </dt>
                  <dd>
                    <Value value={value} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </section>
        {info ? (
          <section aria-label="About this type" className="border-line border-t pt-4 text-ink-soft">
            <h3 className="mb-2 font-medium text-ink-faint text-xs">About {info.title}</h3>
            <p className="mb-2 text-sm leading-relaxed">{info.description}</p>
            <div className="[--prose-size:0.8125rem]">
              <AnswerText text={info.docs} />
            </div>
          </section>
        ) : null}
      </div>
    </section>
  );
}
