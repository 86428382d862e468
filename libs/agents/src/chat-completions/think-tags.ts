/**
 * Separates reasoning that a model writes into its text between tags, recognised only at the very beginning of its answer.
 * Later text that looks like a tag stays text. Linear in the text; holds back less than one tag.
 */

const TAGS: readonly { open: string; close: string }[] = [
  { open: '<think>', close: '</think>' },
  { open: '<thinking>', close: '</thinking>' },
  { open: '<thought>', close: '</thought>' },
  { open: '[THINK]', close: '[/THINK]' },
];
const LONGEST_OPEN = Math.max(...TAGS.map(({ open }) => open.length));
/** Maximum whitespace before a tag; after that, none is expected any more. */
const MAX_BLANK = 64;

export interface ThinkPieces {
  reasoning: string;
  /** Follows the reasoning. */
  text: string;
}

type State =
  | { in: 'beginning'; held: string }
  | { in: 'reasoning'; close: string; held: string }
  /** Blank lines between the closing tag and the text are dropped. */
  | { in: 'gap' }
  | { in: 'text' };

export class ThinkTags {
  private state: State = { in: 'beginning', held: '' };

  /** The part of the text so far that is certain and was not returned before. */
  push(delta: string): ThinkPieces {
    switch (this.state.in) {
      case 'beginning':
        return this.begin(this.state.held + delta);
      case 'reasoning':
        return this.reason(this.state.held + delta, this.state.close);
      case 'gap':
        return this.leaveGap(delta);
      case 'text':
        return { reasoning: '', text: delta };
    }
  }

  /** The text held back. Call it last. */
  end(): ThinkPieces {
    const { state } = this;
    this.state = { in: 'text' };
    if (state.in === 'reasoning') return { reasoning: state.held, text: '' };
    return { reasoning: '', text: state.in === 'beginning' ? state.held : '' };
  }

  private begin(text: string): ThinkPieces {
    const start = text.trimStart();
    const blank = text.length - start.length;
    const tag = TAGS.find(({ open }) => start.startsWith(open));
    if (tag) return this.reason(start.slice(tag.open.length), tag.close);
    const mayBecomeTag = start.length < LONGEST_OPEN && TAGS.some(({ open }) => open.startsWith(start));
    if (mayBecomeTag && blank <= MAX_BLANK) {
      this.state = { in: 'beginning', held: text };
      return { reasoning: '', text: '' };
    }
    this.state = { in: 'text' };
    return { reasoning: '', text };
  }

  private reason(text: string, close: string): ThinkPieces {
    const at = text.indexOf(close);
    if (at !== -1) {
      this.state = { in: 'gap' };
      return { reasoning: text.slice(0, at), text: this.leaveGap(text.slice(at + close.length)).text };
    }
    const held = beginningAtEnd(text, close);
    this.state = { in: 'reasoning', close, held };
    return { reasoning: text.slice(0, text.length - held.length), text: '' };
  }

  private leaveGap(text: string): ThinkPieces {
    const rest = text.trimStart();
    if (rest !== '') this.state = { in: 'text' };
    return { reasoning: '', text: rest };
  }
}

/** The longest end of the text that is a beginning of the tag. */
function beginningAtEnd(text: string, tag: string): string {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (tag.startsWith(end)) return end;
  }
  return '';
}
