/**
 * Random but well-formed chunk streams: parts interleaved, resets at any place, calls and questions that outlive their
 * step. Owns what the AI SDK accepts at each place; never folds.
 */
import type { UIMessageChunk } from '../src/stream-events.js';

/** Which kind of chunk, which of its possible subjects, and a text. */
export type Choice = [kind: number, subject: number, text: string];

/** What an `error` chunk says here. */
export const streamedError = 'The stream says that it broke.';

interface Call {
  id: string;
  step: number;
  approvalId?: string;
}

class RandomStream {
  readonly chunks: UIMessageChunk[];
  private serial = 0;
  private step = 0;
  /** Texts and reasonings that take deltas. */
  private readonly open = new Set<string>();
  /** Calls whose input still comes in pieces. */
  private readonly partial = new Set<string>();
  private calls: Call[] = [];

  constructor(private readonly answer: string) {
    this.chunks = [{ type: 'start', messageId: 'm', messageMetadata: { startedBy: answer } }, { type: 'start-step' }];
  }

  /** Every kind of chunk; a kind that is not possible at this place adds nothing. */
  private readonly kinds: ((subject: number, text: string) => UIMessageChunk | null)[] = [
    (subject) => this.begin('text', subject),
    (subject) => this.begin('reasoning', subject),
    (subject, text) => this.goOn(subject, text),
    (subject, text) => this.goOn(subject, text),
    (subject, text) => this.goOn(subject, text),
    (subject) => this.end(subject),
    (subject) => this.startInput(subject),
    (subject, text) => this.inputPiece(subject, text),
    (subject, text) => this.inputPiece(subject, text),
    (subject, text) => this.endInput(subject, text, false),
    (subject, text) => this.endInput(subject, text, true),
    (subject) => this.output(subject, true),
    (subject) => this.output(subject, false),
    (subject) => this.withCall(subject, ({ id }) => ({ type: 'tool-output-error', toolCallId: id, errorText: 'No.' })),
    (subject) => this.withCall(subject, ({ id }) => ({ type: 'tool-output-denied', toolCallId: id })),
    (subject) => this.withCall(subject, (call) => this.ask(call)),
    (subject, text) => this.answerApproval(subject, text),
    (subject) => this.whole(subject),
    (subject) => this.data(subject),
    (subject) => this.data(subject),
    () => ({ type: 'message-metadata', messageMetadata: { [`n${this.serial % 3}`]: this.serial++ } }),
    () => this.nextStep(),
    () => this.nextStep(),
    () => ({ type: 'finish-step' }),
    () => this.reset(),
    () => this.reset(),
    (subject) => (subject % 4 ? null : { type: 'error', errorText: streamedError }),
    (subject) => (subject % 4 ? null : { type: 'abort', reason: this.answer }),
  ];

  add([kind, subject, text]: Choice): void {
    const chunk = this.kinds[kind % this.kinds.length]?.(subject, text);
    if (chunk) this.chunks.push(chunk);
  }

  finish(): UIMessageChunk[] {
    this.chunks.push({ type: 'finish', finishReason: 'stop', messageMetadata: { endedBy: this.answer } });
    return this.chunks;
  }

  private begin(kind: 'text' | 'reasoning', subject: number): UIMessageChunk {
    const id = `t${subject % 3}`;
    this.open.add(`${kind}:${id}`);
    return { type: `${kind}-start`, id, ...(subject % 2 && { providerMetadata: { p: { n: this.serial++ } } }) };
  }

  private goOn(subject: number, delta: string): UIMessageChunk | null {
    const part = pick([...this.open], subject);
    if (!part) return null;
    const metadata = { ...(subject % 5 === 0 && { providerMetadata: { p: { n: this.serial++ } } }) };
    const [kind, id = ''] = part.split(':');
    return { type: kind === 'text' ? 'text-delta' : 'reasoning-delta', id, delta, ...metadata };
  }

  private end(subject: number): UIMessageChunk | null {
    const part = pick([...this.open], subject);
    if (!part) return null;
    this.open.delete(part);
    const [kind, id = ''] = part.split(':');
    return { type: kind === 'text' ? 'text-end' : 'reasoning-end', id };
  }

  /** Ids come back in later steps, as those of some providers do. */
  private ofCall(subject: number) {
    const number = subject % 4;
    const dynamic = number % 2 ? ({ dynamic: true, title: 'Look' } as const) : {};
    return { toolCallId: `call-${number}`, toolName: 'look', ...dynamic };
  }

  private call(subject: number, chunk: UIMessageChunk): UIMessageChunk {
    const { toolCallId: id } = this.ofCall(subject);
    const isThere = this.calls.some((call) => call.id === id && call.step === this.step);
    if (!isThere) this.calls.push({ id, step: this.step });
    return chunk;
  }

  private startInput(subject: number): UIMessageChunk {
    const call = this.ofCall(subject);
    this.partial.add(call.toolCallId);
    const encoding = subject % 3 ? {} : { inputEncoding: 'text' as const };
    return this.call(subject, { type: 'tool-input-start', ...call, ...encoding });
  }

  private inputPiece(subject: number, text: string): UIMessageChunk | null {
    const id = pick([...this.partial], subject);
    if (!id) return null;
    const number = Number(id.split('-')[1]);
    return this.call(number, { type: 'tool-input-delta', toolCallId: id, inputTextDelta: JSON.stringify(text) });
  }

  private endInput(subject: number, text: string, failed: boolean): UIMessageChunk {
    const call = this.ofCall(subject);
    this.partial.delete(call.toolCallId);
    const end = failed
      ? ({ type: 'tool-input-error', ...call, input: text, errorText: 'No.' } as const)
      : ({ type: 'tool-input-available', ...call, input: { text } } as const);
    return this.call(subject, end);
  }

  /** No input follows what is said of a call. It is that of this step where it has one of the id, and the last one otherwise. */
  private withCall(subject: number, make: (call: Call) => UIMessageChunk): UIMessageChunk | null {
    const id = pick([...new Set(this.calls.map((call) => call.id))], subject);
    const call = this.calls.findLast((candidate) => candidate.id === id);
    if (!call) return null;
    this.partial.delete(call.id);
    return make(call);
  }

  private output(subject: number, preliminary: boolean): UIMessageChunk | null {
    return this.withCall(subject, ({ id }) => ({
      type: 'tool-output-available',
      toolCallId: id,
      output: { n: this.serial++ },
      ...(preliminary && { preliminary }),
      ...(subject % 3 === 0 && { toolMetadata: { n: this.serial++ } }),
      ...(subject % 7 === 0 && { providerMetadata: { p: { n: this.serial++ } } }),
    }));
  }

  private ask(call: Call): UIMessageChunk {
    call.approvalId = `approval-${this.serial++}`;
    return { type: 'tool-approval-request', approvalId: call.approvalId, toolCallId: call.id };
  }

  private answerApproval(subject: number, reason: string): UIMessageChunk | null {
    const asked = this.calls.flatMap(({ approvalId }) => (approvalId ? [approvalId] : []));
    const approvalId = pick(asked, subject);
    if (!approvalId) return null;
    const approved = subject % 2 === 0;
    return { type: 'tool-approval-response', approvalId, approved, ...(!approved && { reason }) };
  }

  /** Parts that come whole. */
  private whole(subject: number): UIMessageChunk | null {
    const n = this.serial++;
    const url = `https://example.test/${n}`;
    const chunks: UIMessageChunk[] = [
      { type: 'source-url', sourceId: `s${n}`, url, title: 'A page' },
      { type: 'source-document', sourceId: `s${n}`, mediaType: 'text/plain', title: 'A page' },
      { type: 'file', url, mediaType: 'image/png' },
      { type: 'reasoning-file', url, mediaType: 'image/png' },
      { type: 'custom', kind: 'holdfast.note' },
      { type: 'steering-message', id: `s${n}`, parts: [{ type: 'text', text: 'Shorter, please' }] },
    ];
    return pick(chunks, subject);
  }

  private data(subject: number): UIMessageChunk {
    const id = [undefined, 'a', 'b'][subject % 3];
    const transient = subject % 5 === 0;
    return { type: 'data-progress', data: this.serial++, ...(id && { id }), ...(transient && { transient }) };
  }

  private nextStep(): UIMessageChunk {
    // The pieces of an input come from one call of the model, which is one step.
    this.partial.clear();
    this.step += 1;
    return { type: 'start-step' };
  }

  private reset(): UIMessageChunk {
    this.open.clear();
    this.partial.clear();
    this.calls = this.calls.filter((call) => call.step < this.step);
    return { type: 'reset-step' };
  }
}

function pick<T>(from: readonly T[], subject: number): T | null {
  return from[subject % Math.max(1, from.length)] ?? null;
}

/** The stream that these choices make, from `start` to `finish`. The same choices make the same stream. */
export function randomStream(choices: readonly Choice[]): UIMessageChunk[] {
  const stream = new RandomStream('somebody');
  for (const choice of choices) stream.add(choice);
  return stream.finish();
}
