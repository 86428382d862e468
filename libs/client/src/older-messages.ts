/**
 * Reads older messages of a conversation, one page at a time, and fills the gap when a snapshot does not reach back to the
 * messages shown.
 */
import type { Conversation } from './conversation.js';
import type { MessagePage } from './workflow-transport.port.js';

/**
 * Maximum number of pages between a snapshot and the messages shown before. Beyond it, those are dropped and can be read
 * again.
 */
const GAP_PAGES = 8;

export interface OlderMessagesOptions {
  /** The messages right before a cursor; `null` when the workflow is gone. */
  load: (before: string) => Promise<MessagePage | null>;
  /** The conversation currently shown. */
  current: () => Conversation | null;
  /** Called when the view should be updated. */
  changed: () => void;
}

export class OlderMessages {
  problem: string | null = null;
  private reading: Promise<string | null> | null = null;

  constructor(private readonly options: OlderMessagesOptions) {}

  /** Whether a page is being read, for any reason; only one is read at a time. */
  get loading(): boolean {
    return this.reading !== null;
  }

  /** Reads the next older page, if there is one, or waits for the one being read. Failures are shown, not thrown. */
  async loadMore(): Promise<void> {
    if (this.reading) {
      await this.reading;
      return;
    }
    if (!this.options.current()?.older) return;
    this.problem = null;
    this.problem = await this.readPage();
    this.options.changed();
    // A snapshot may have arrived in the meantime.
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

  /** @returns what went wrong, as a sentence for users */
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
