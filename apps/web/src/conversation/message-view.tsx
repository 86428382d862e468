/** One message: the user's in a bubble, the assistant's as plain page content. */
import { memo } from 'react';
import { type MessagePart, type MessageState, textOf } from '#libs/client';
import { DataCard } from '../cards/data-card.js';
import { AnswerText } from '../design/answer-text.js';
import { Boundary } from '../design/boundary.js';
import { hookIdOf, PlacedHook } from '../hooks/conversation-hooks.js';
import { Reasoning } from './reasoning.js';
import { isToolPart, ToolCard } from './tool-card.js';

interface MessageViewProps {
  message: MessageState;
  labelOf: (nodeId: string) => string | undefined;
}

interface PartViewProps {
  part: MessagePart;
  first: boolean;
  /** Whether the message may still grow. */
  open: boolean;
  labelOf: MessageViewProps['labelOf'];
}

function PartView({ part, first, open, labelOf }: PartViewProps) {
  if (part.type === 'step-start') return first ? null : <div className="h-0.5" />;
  if (part.type === 'text') {
    return part.text.trim() === '' ? null : <AnswerText text={part.text} streaming={open && part.state !== 'done'} />;
  }
  if (part.type === 'reasoning') return <Reasoning text={part.text} streaming={open && part.state !== 'done'} />;
  if (isToolPart(part)) return <ToolCard part={part} labelOf={labelOf} />;
  const hookId = hookIdOf(part);
  if (hookId !== null) return <PlacedHook hookId={hookId} />;
  return 'data' in part ? <DataCard type={part.type} data={part.data} /> : null;
}

function Prompt({ message }: { message: MessageState }) {
  return (
    <article className="flex justify-end">
      <h2 className="sr-only">You</h2>
      <p
        dir="auto"
        data-testid="prompt-text"
        className="max-w-[88%] whitespace-pre-wrap rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-[0.9375rem] leading-relaxed [overflow-wrap:anywhere]"
      >
        {textOf(message)}
      </p>
    </article>
  );
}

export const MessageView = memo(function MessageView({ message, labelOf }: MessageViewProps) {
  if (message.role === 'user') return <Prompt message={message} />;
  return (
    <article
      data-testid="message-text"
      data-message-id={message.id}
      data-complete={message.complete}
      // The text before Markdown rendering, for comparing or copying.
      data-plain-text={textOf(message)}
      className="flex flex-col gap-3 [overflow-wrap:anywhere]"
    >
      <h2 className="sr-only">Holdfast</h2>
      {message.parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts come and go at the end only; their place is their identity.
        <Boundary key={at} what="This part of the answer" from={part}>
          <PartView part={part} first={at === 0} open={!message.complete} labelOf={labelOf} />
        </Boundary>
      ))}
    </article>
  );
});
