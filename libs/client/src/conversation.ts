/**
 * The messages of a workflow while they grow and while older ones are read. Owns their order and their folds; knows no
 * cursor of the stream and no status.
 */
import type { UIMessageChunk } from './contracts.js';
import { MessageFold } from './message-fold.js';
import type { MessageState } from './workflow-state.js';
import type { MessagePage, MessageSnapshot } from './workflow-transport.port.js';

interface Entry {
  state: MessageState;
  /** What folding starts from when the first new chunk arrives. */
  seed: readonly UIMessageChunk[];
  fold: MessageFold | null;
  dirty: boolean;
}

/** Messages without a gap between them. */
interface Stretch {
  readonly entries: Entry[];
  /** The cursor before them; `null` when nothing precedes them. */
  readonly older: string | null;
}

function entryOf({ chunks, ...state }: MessageSnapshot): Entry {
  return { state, seed: chunks, fold: null, dirty: false };
}

/** `earlier` and `later` as one stretch when they share a message, which is then the one of `later`. */
function joined(earlier: Stretch, later: Stretch): Stretch | null {
  const ids = new Set(later.entries.map((entry) => entry.state.id));
  const at = earlier.entries.findIndex((entry) => ids.has(entry.state.id));
  if (at < 0) return null;
  if (at === 0) return later;
  return { entries: [...earlier.entries.slice(0, at), ...later.entries], older: earlier.older };
}

/** Messages that are kept over a snapshot. Beyond it only those of the snapshot are, and the others can be read again. */
const KEPT_MESSAGES = 1_000;

export class Conversation {
  private newest: Stretch;
  /** Messages that were shown before the last snapshot, while it is not known what lies between them and the snapshot's. */
  private stranded: Stretch | null = null;
  private published: readonly MessageState[];

  /**
   * @param page the newest messages, as a snapshot holds them
   * @param before what was shown until now: the older messages in it are kept
   */
  constructor(page: MessagePage, before: Conversation | null = null) {
    this.newest = { entries: page.messages.map(entryOf), older: page.olderMessages };
    if (before && before.entries.length <= KEPT_MESSAGES) {
      const whole = joined(before.newest, this.newest);
      if (whole) this.newest = whole;
      this.stranded = whole ? before.stranded : before.newest;
      this.closeGapIfKnown();
    }
    this.published = this.entries.map((entry) => entry.state);
  }

  /** The cursor from which older messages are to be read next; `null` when there are none. */
  get older(): string | null {
    return this.newest.older;
  }

  /** Whether messages may be missing between two that are shown. Reading older ones fills the gap from its end. */
  get hasGap(): boolean {
    return this.stranded !== null;
  }

  /** Whether something was pushed that is not folded yet. */
  get unsettled(): boolean {
    return this.entries.some((entry) => entry.dirty);
  }

  /** Puts a page in front that was read from the cursor `before`. Ignored when that is no longer the cursor to read from. */
  prepend(page: MessagePage, before: string): void {
    if (before !== this.newest.older) return;
    const known = new Set(this.newest.entries.map((entry) => entry.state.id));
    const added = page.messages.filter((message) => !known.has(message.id)).map(entryOf);
    this.newest = { entries: [...added, ...this.newest.entries], older: page.olderMessages };
    this.closeGapIfKnown();
  }

  /** Forgets what lies before a gap that will not be filled; it can be read again from `older`. */
  dropStranded(): void {
    this.stranded = null;
  }

  /** Adds chunks behind everything that the message already holds; an unknown message is a new one of the assistant. */
  push(messageId: string, runId: string, chunks: readonly UIMessageChunk[]): void {
    let entry = this.entries.find((candidate) => candidate.state.id === messageId);
    if (!entry) {
      entry = {
        state: { id: messageId, role: 'assistant', runId, parts: [], complete: false, createdAt: null },
        seed: [],
        fold: null,
        dirty: false,
      };
      this.newest.entries.push(entry);
    }
    entry.fold ??= new MessageFold(messageId, entry.seed);
    entry.seed = [];
    entry.fold.push(chunks);
    entry.dirty = true;
  }

  /** Marks the messages of a run that ended. */
  complete(runId: string): void {
    for (const entry of this.entries) {
      if (entry.state.runId === runId && !entry.state.complete) entry.state = { ...entry.state, complete: true };
    }
  }

  /**
   * Folds what was pushed before this call. Calls must not overlap.
   * @returns all messages in order; a new array only when one of them changed
   * @throws when chunks do not fit a message; only a snapshot helps then
   */
  async settle(): Promise<readonly MessageState[]> {
    for (const entry of this.entries) {
      if (!entry.dirty || !entry.fold) continue;
      entry.dirty = false;
      const parts = await entry.fold.settle();
      if (parts !== entry.state.parts) entry.state = { ...entry.state, parts };
    }
    const states = this.entries.map((entry) => entry.state);
    const same = states.length === this.published.length && states.every((state, at) => state === this.published[at]);
    if (!same) this.published = states;
    return this.published;
  }

  private get entries(): readonly Entry[] {
    return this.stranded ? [...this.stranded.entries, ...this.newest.entries] : this.newest.entries;
  }

  private closeGapIfKnown(): void {
    if (!this.stranded) return;
    const whole = joined(this.stranded, this.newest);
    if (whole) this.newest = whole;
    // Without anything in front of the newest stretch, what was shown belongs to no conversation any more.
    if (whole || this.newest.older === null) this.stranded = null;
  }
}
