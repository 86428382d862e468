/**
 * A model's answer on its way to the SDK. Texts, reasoning and tool inputs come in many small pieces. Each piece is shown as
 * it arrives, and the SDK gets all pieces of a part as one, because it takes every piece through a dozen streams
 * (ADR 36). On the way, text is made well-formed and tool calls get their ids in the run, so that chunks, messages and
 * calls agree.
 */
import {
  type LanguageModel,
  type LanguageModelMiddleware,
  type ToolSet,
  toUIMessageChunk,
  wrapLanguageModel,
} from 'ai';
import { SurrogateJoiner, type UIMessageChunk, wellFormed } from '#libs/contracts';
import type { EarlyPiece } from './answer-listener.js';

type Answer = Awaited<ReturnType<NonNullable<LanguageModelMiddleware['wrapStream']>>>['stream'];
type AnswerPart = Answer extends ReadableStream<infer Part> ? Part : never;
type Start = Extract<AnswerPart, { type: 'text-start' | 'reasoning-start' | 'tool-input-start' }>;
type Delta = Extract<AnswerPart, { type: 'text-delta' | 'reasoning-delta' | 'tool-input-delta' }>;
type End = Extract<AnswerPart, { type: 'text-end' | 'reasoning-end' | 'tool-input-end' }>;
type Kind = 'text' | 'reasoning' | 'tool-input';

export interface PiecesListener {
  /** The tools of the call. */
  tools: ToolSet;
  /** Maps the provider's id of a tool call to the id to use; the same id for the same input. */
  toolCallId(given: string): string;
  /** The same for a result, whose call may be in an earlier answer. */
  knownToolCallId(given: string): string;
  /** Called with each chunk, in order. What it throws ends the stream. */
  onChunk(chunk: UIMessageChunk): void;
}

/** A part that has begun and has not ended. */
interface OpenPart {
  kind: Kind;
  id: string;
  text: string;
  /** Characters that have come from the provider package. */
  received: number;
  /** What was shown before it came from the provider package. */
  ahead: string;
  /** The last that the provider sent. */
  providerMetadata: Delta['providerMetadata'];
  joiner: SurrogateJoiner;
}

export class AnswerPieces {
  private readonly open = new Map<string, OpenPart>();
  private readonly takenIds = new Set<string>();
  private hasBegun = false;
  private isPassing = false;
  /** Settles when everything that the SDK makes of the last part has come out of it. */
  private passing = Promise.withResolvers<void>();

  constructor(private readonly listener: PiecesListener) {
    this.passing.resolve();
  }

  /** The same model; its answers go through this object. For one call, with `rawChunks` included in the SDK's stream. */
  through(model: Exclude<LanguageModel, string>): Exclude<LanguageModel, string> {
    return wrapLanguageModel({
      model,
      middleware: {
        // The only raw parts are the marks below.
        transformParams: async ({ params }) => ({ ...params, includeRawChunks: false }),
        wrapStream: async ({ doStream }) => {
          const { stream, ...rest } = await doStream();
          return { ...rest, stream: this.read(stream) };
        },
      },
    });
  }

  /** To be called for each raw part of the SDK's stream: everything before it has come out. */
  passed(): void {
    this.isPassing = false;
    this.passing.resolve();
  }

  /**
   * Shows a piece that the provider package will get later, as part of a larger one. False, and nothing is shown, while
   * something that comes before it may still be on its way through the package.
   * @param passedOn characters of this part that the package was given so far
   */
  early({ kind, id, text }: EarlyPiece, passedOn: number): boolean {
    const open = this.open.get(`${kind}:${id}`);
    if (!open || open.received !== passedOn || this.isPassing) return false;
    open.ahead += text;
    this.addText(open, open.joiner.next(text), undefined);
    return true;
  }

  private read(answer: Answer): Answer {
    const reader = answer.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        // The pieces that follow a part must not be shown before what the SDK makes of it.
        await this.passing.promise;
        for (;;) {
          const { done, value } = await reader.read();
          const parts = done ? this.endAll() : this.take(value);
          for (const part of parts) controller.enqueue(part);
          if (done) controller.close();
          if (done || parts.length > 0) return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  /** What the SDK gets of a part. */
  private take(part: AnswerPart): AnswerPart[] {
    if (!this.hasBegun && part.type !== 'stream-start') {
      this.hasBegun = true;
      this.listener.onChunk({ type: 'start-step' });
    }
    switch (part.type) {
      case 'text-start':
        return [this.begin('text', part)];
      case 'reasoning-start':
        return [this.begin('reasoning', part)];
      case 'tool-input-start':
        return [this.begin('tool-input', part)];
      case 'text-delta':
        return this.add('text', part);
      case 'reasoning-delta':
        return this.add('reasoning', part);
      case 'tool-input-delta':
        return this.add('tool-input', part);
      case 'text-end':
        return this.end('text', part);
      case 'reasoning-end':
        return this.end('reasoning', part);
      case 'tool-input-end':
        return this.end('tool-input', part);
      case 'stream-start':
      case 'response-metadata':
      case 'ping':
        return [part];
      case 'finish':
        return [...this.endAll(), part];
      default:
        this.isPassing = true;
        this.passing = Promise.withResolvers();
        return [this.named(wellFormed(part)), { type: 'raw', rawValue: null }];
    }
  }

  private begin(kind: Kind, part: Start): AnswerPart {
    const id = kind === 'tool-input' ? this.listener.toolCallId(part.id) : this.freeId(kind, part.id);
    const begun: Start = { ...wellFormed(part), id };
    this.open.set(`${kind}:${part.id}`, {
      kind,
      id,
      text: '',
      received: 0,
      ahead: '',
      providerMetadata: undefined,
      joiner: new SurrogateJoiner(),
    });
    const shown = begun.type === 'tool-input-start' ? { ...begun, dynamic: begun.dynamic ?? false } : begun;
    this.show(toUIMessageChunk(shown, { tools: this.listener.tools }));
    return begun;
  }

  /** A piece of a part that was not begun is for the SDK to refuse. */
  private add(kind: Kind, part: Delta): AnswerPart[] {
    const open = this.open.get(`${kind}:${part.id}`);
    if (!open) return [part];
    if (!part.delta.startsWith(open.ahead))
      throw new Error('The provider package changed a text that was shown before.');
    this.addText(open, open.joiner.next(part.delta.slice(open.ahead.length)), part.providerMetadata);
    open.received += part.delta.length;
    open.ahead = '';
    return [];
  }

  private end(kind: Kind, part: End): AnswerPart[] {
    const key = `${kind}:${part.id}`;
    const open = this.open.get(key);
    if (!open) return [part];
    this.open.delete(key);
    this.addText(open, open.joiner.end(), undefined);
    const ended: End = { ...wellFormed(part), id: open.id };
    if (ended.type !== 'tool-input-end') this.show(toUIMessageChunk(ended));
    return [...whole(open), ended];
  }

  /** What has come of the parts that have not ended. */
  private endAll(): AnswerPart[] {
    const parts = [...this.open.values()].flatMap(whole);
    this.open.clear();
    return parts;
  }

  private addText(open: OpenPart, text: string, providerMetadata: Delta['providerMetadata']): void {
    open.providerMetadata = providerMetadata ?? open.providerMetadata;
    if (text === '') return;
    open.text += text;
    this.show(deltaChunk(open, text));
  }

  private named(part: AnswerPart): AnswerPart {
    switch (part.type) {
      case 'tool-call':
        return { ...part, toolCallId: this.listener.toolCallId(part.toolCallId), input: wellFormedJson(part.input) };
      case 'tool-approval-request':
        return { ...part, toolCallId: this.listener.toolCallId(part.toolCallId) };
      case 'tool-result':
        return { ...part, toolCallId: this.listener.knownToolCallId(part.toolCallId) };
      default:
        return part;
    }
  }

  /** Some providers number the parts of an answer from zero more than once. */
  private freeId(kind: Kind, given: string): string {
    let id = given;
    for (let number = 2; this.takenIds.has(`${kind}:${id}`); number++) id = `${given}_${number}`;
    this.takenIds.add(`${kind}:${id}`);
    return id;
  }

  private show(chunk: UIMessageChunk | undefined): void {
    if (chunk) this.listener.onChunk(chunk);
  }
}

function deltaChunk({ kind, id }: OpenPart, text: string): UIMessageChunk {
  switch (kind) {
    case 'text':
      return { type: 'text-delta', id, delta: text };
    case 'reasoning':
      return { type: 'reasoning-delta', id, delta: text };
    case 'tool-input':
      return { type: 'tool-input-delta', toolCallId: id, inputTextDelta: text };
  }
}

/** All pieces of a part as one, if there are any. */
function whole({ kind, id, text: delta, providerMetadata }: OpenPart): Delta[] {
  if (delta === '' && providerMetadata === undefined) return [];
  return [{ type: `${kind}-delta`, id, delta, ...(providerMetadata && { providerMetadata }) }];
}

/** JSON may hold half an emoji as an escape. Text that is not JSON is left to the SDK, which refuses it. */
function wellFormedJson(text: string): string {
  if (!/\\ud[89a-f]/i.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    const readable = wellFormed(value);
    return readable === value ? text : JSON.stringify(readable);
  } catch {
    return text;
  }
}
