/**
 * Reading a conversation backwards. Owns one read at a time, what became of it, and that a snapshot which does not reach
 * back to what is shown gets the messages in between; knows no stream.
 */
import type { Conversation } from './conversation.js';
import type { MessagePage } from './workflow-transport.port.js';

/** How many pages may lie between a snapshot and what was shown before. Beyond it, that is forgotten and can be read again. */
const GAP_PAGES = 8;

export interface OlderMessagesOptions {
  /** The messages right before a cursor; `null` when the workflow is gone. */
  load: (before: string) => Promise<MessagePage | null>;
  /** What is shown at the moment. */
  current: () => Conversation | null;
  /** Called when something is to be shown anew. */
  changed: () => void;
}

export class OlderMessages {
  problem: string | null = null;
  private reading: Promise<string | null> | null = null;

  constructor(private readonly options: OlderMessagesOptions) {}

  /** Whether a page is being read, for whichever reason: while it is, nobody else reads one. */
  get loading(): boolean {
    return this.reading !== null;
  }

  /** Reads one page more, if there is one. Resolves when it is there, or the one that is being read; failures are shown. */
  async loadMore(): Promise<void> {
    if (this.reading) {
      await this.reading;
      return;
    }
    if (!this.options.current()?.older) return;
    this.problem = null;
    this.problem = await this.readPage();
    this.options.changed();
    // A snapshot may have come meanwhile.
    await this.fillGap();
  }

  /** Fills the gap before a snapshot, if there is one. */
  async fillGap(): Promise<void> {
    if (this.reading) return;
    for (let pages = 0; this.options.current()?.hasGap; pages++) {
      if (pages === GAP_PAGES || (await this.readPage()) !== null) this.options.current()?.dropStranded();
      this.options.changed();
    }
  }

  /** @returns what went wrong, as a sentence for people */
  private async readPage(): Promise<string | null> {
    const before = this.options.current()?.older;
    if (!before) return null;
    this.reading = this.read(before);
    this.options.changed();
    const problem = await this.reading;
    this.reading = null;
    return problem;
  }

  private async read(before: string): Promise<string | null> {
    try {
      const page = await this.options.load(before);
      if (!page) return 'Workflow not found.';
      this.options.current()?.prepend(page, before);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : 'Older messages could not be read.';
    }
  }
}
