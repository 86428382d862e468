/**
 * The assistant's message of a run as it is seen from three sides: by subscribers of the stream, by readers of Postgres, and
 * by an attempt that takes the run over.
 */
import type { UIMessage } from 'ai';
import type { RunId, UIMessageChunk, WorkflowId } from '#libs/contracts';
import type { AgentContext } from '#libs/engine';
import { foldChunks } from '../support/folded-message.ts';
import type { ProbeRuns } from './probe-runs.ts';

export class MessageViews {
  /** The message that each attempt began with. */
  readonly bases: UIMessageChunk[][] = [];

  constructor(
    private readonly probe: ProbeRuns,
    private readonly run: { runId: RunId; workflowId: WorkflowId },
  ) {}

  /** The agent, which takes down what an attempt begins with. */
  recorded(agent: (context: AgentContext) => Promise<void>): (context: AgentContext) => Promise<void> {
    return async (context) => {
      this.bases.push(await this.storedChunks());
      await agent(context);
    };
  }

  /** What somebody sees who was given a snapshot at the last takeover and follows the stream from there. */
  async live(): Promise<UIMessage['parts']> {
    const events = await this.probe.streamed(this.run.workflowId);
    const mark = events.findLastIndex(({ type }: { type: string }) => type === 'resync-marker');
    const after = events.slice(mark).flatMap((event) => (event.type === 'chunks' ? event.chunks : []));
    return partsOf([...(this.bases.at(-1) ?? []), ...after]);
  }

  async stored(): Promise<UIMessage['parts']> {
    return partsOf(await this.storedChunks());
  }

  /** What the next attempt would begin with. */
  async rebuilt(): Promise<UIMessage['parts']> {
    return partsOf([...(this.bases[0] ?? []), ...(await this.probe.settledChunks(this.run.runId))]);
  }

  private async storedChunks(): Promise<UIMessageChunk[]> {
    return (await this.probe.workflowOf(this.run.workflowId)).chunks;
  }
}

/** A step at the end that shows nothing is left out: whether it is folded depends on what was taken back behind it. */
async function partsOf(chunks: UIMessageChunk[]): Promise<UIMessage['parts']> {
  const parts = (await foldChunks(chunks))?.parts ?? [];
  return parts.slice(0, parts.findLastIndex(({ type }) => type !== 'step-start') + 1);
}

/** The parts in a word each: the text of answers, the text of progress, the outcome of tools. */
export function outline(parts: UIMessage['parts']): string[] {
  return parts.flatMap((part) => {
    if (part.type === 'text') return [part.state === 'done' ? part.text : `${part.text} (open)`];
    if (part.type.startsWith('data-') && 'data' in part)
      return [`${part.type}: ${(part.data as { text: string }).text}`];
    if ('toolCallId' in part) return [`${part.type} ${part.toolCallId}: ${part.state}`];
    return [];
  });
}
