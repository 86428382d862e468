/**
 * Chunks of one message as Redis holds them. They stay JSON text until they are read: a replay passes on nearly all of them
 * unparsed.
 */
import type { ChunksEvent, MessageId, RunId, UIMessageChunk } from '#libs/contracts';

const head = /^\[\{"type":"chunks","messageId":"([\w-]+)","runId":"([\w-]+)",(?:"index":(\d+),)?"chunks":\[/;
const end = ']}]';

/** A `chunks` event as JSON; `items` are its chunks as JSON. */
export function chunksJson({ messageId, runId, index }: Omit<ChunksEvent, 'chunks'>, items: readonly string[]): string {
  const of = `"messageId":${JSON.stringify(messageId)},"runId":${JSON.stringify(runId)}`;
  const place = index === undefined ? '' : `"index":${index},`;
  return `{"type":"chunks",${of},${place}"chunks":[${items.join(',')}]}`;
}

export class StoredChunks implements ChunksEvent {
  readonly type = 'chunks';
  private read: UIMessageChunk[] | null = null;

  private constructor(
    readonly messageId: MessageId,
    readonly runId: RunId,
    readonly index: number | undefined,
    /** How many chunks there are. */
    readonly count: number,
    /** The chunks as JSON, with commas between them. */
    readonly items: string,
  ) {}

  /** Reads an entry that its writer marked as one list of `count` chunks. `null` when the text does not have that form. */
  static ofEntry(json: string, count: number): StoredChunks | null {
    const [start, messageId, runId, index] = head.exec(json) ?? [];
    if (start === undefined || !(count > 0) || !json.endsWith(end)) return null;
    const items = json.slice(start.length, -end.length);
    const first = index === undefined ? undefined : Number(index);
    return new StoredChunks(messageId as MessageId, runId as RunId, first, count, items);
  }

  /** The chunks, parsed on first access. Shared: do not modify. */
  get chunks(): UIMessageChunk[] {
    this.read ??= JSON.parse(`[${this.items}]`) as UIMessageChunk[];
    return this.read;
  }

  /** This list and the next one of the same message. */
  followedBy({ count, items }: StoredChunks): StoredChunks {
    return new StoredChunks(this.messageId, this.runId, this.index, this.count + count, `${this.items},${items}`);
  }

  toJSON(): ChunksEvent {
    const { type, messageId, runId, index, chunks } = this;
    return { type, messageId, runId, index, chunks };
  }
}
