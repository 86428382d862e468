/** The messages of a workflow: their order and their folded content, while new chunks arrive and older messages are loaded. */
import type { UIMessageChunk } from './contracts.js';
import { MessageFold } from './message-fold.js';
import type { MessageState } from './workflow-state.js';
import type { MessagePage, MessageSnapshot } from './workflow-transport.port.js';

interface Entry {
  state: MessageState;
  /** The chunks that folding starts with when the first new chunk arrives. */
  seed: readonly UIMessageChunk[];
  fold: MessageFold | null;
  dirty: boolean;
}

/** Consecutive messages without a gap. */
interface Stretch {
  readonly entries: Entry[];
  /** The cursor for reading the messages before these; `null` when there are none. */
  readonly older: string | null;
}

function entryOf({ chunks, ...state }: MessageSnapshot): Entry {
  return { state, seed: chunks, fold: null, dirty: false };
}

/** Joins `earlier` and `later` when they share a message, taking that message from `later`; otherwise `null`. */
function joined(earlier: Stretch, later: Stretch): Stretch | null {
  const ids = new Set(later.entries.map((entry) => entry.state.id));
  const at = earlier.entries.findIndex((entry) => ids.has(entry.state.id));
  if (at < 0) return null;
  if (at === 0) return later;
  return { entries: [...earlier.entries.slice(0, at), ...later.entries], older: earlier.older };
}

/**
 * How many messages are kept across a snapshot. With more, only those of the snapshot are kept; the others can be read
 * again.
 */
const KEPT_MESSAGES = 1_000;

export class Conversation {
  private newest: Stretch;
  /** Messages shown before the last snapshot, while the messages between them and the snapshot are unknown. */
  private stranded: Stretch | null = null;
  private published: readonly MessageState[];

  /**
   * @param page the newest messages, as in a snapshot
   * @param before the conversation shown until now, whose older messages are kept
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

  /** The cursor for reading the next older messages; `null` when there are none. */
  get older(): string | null {
    return this.newest.older;
  }

  /** Whether messages may be missing between two that are shown. Reading older messages fills the gap from its newer end. */
  get hasGap(): boolean {
    return this.stranded !== null;
  }

  /** Whether something was pushed that is not folded yet. */
  get unsettled(): boolean {
    return this.entries.some((entry) => entry.dirty);
  }

  /** Adds an older page that was read from the cursor `before`. Ignored when `older` has changed since. */
  prepend(page: MessagePage, before: string): void {
    if (before !== this.newest.older) return;
    const known = new Set(this.newest.entries.map((entry) => entry.state.id));
    const added = page.messages.filter((message) => !known.has(message.id)).map(entryOf);
    this.newest = { entries: [...added, ...this.newest.entries], older: page.olderMessages };
    this.closeGapIfKnown();
  }

  /** Drops the messages before a gap that will not be filled; they can be read again from `older`. */
  dropStranded(): void {
    this.stranded = null;
  }

  /** Appends chunks to a message. An unknown message becomes a new message of the assistant. */
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

  /** Marks the messages of an ended run as complete. */
  complete(runId: string): void {
    for (const entry of this.entries) {
      if (entry.state.runId === runId && !entry.state.complete) entry.state = { ...entry.state, complete: true };
    }
  }

  /**
   * Folds everything pushed before this call. Calls must not overlap.
   * @returns all messages in order; a new array only when one of them changed
   * @throws when chunks do not fit a message; only a snapshot can recover from that
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
    // When nothing precedes the newest stretch, the stranded messages no longer belong to the conversation.
    if (whole || this.newest.older === null) this.stranded = null;
  }
}
