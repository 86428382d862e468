/** Finds `{{ expressions }}` inside a text. */
import { type ExpressionResult, parseExpression } from './parse-expression.js';

export type TemplateExpression = ExpressionResult & {
  /** Offset of the opening braces. */
  readonly start: number;
  /** Offset after the closing braces; the end of the text when they are missing. */
  readonly end: number;
};

interface Span {
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
}

const NOTHING = -1;
const NEVER_ENDS = -2;

/**
 * A text that may contain `{{ expressions }}`. It is scanned once, in linear time, and its expressions are parsed once, on
 * first use. `}}` inside a quoted string does not close.
 */
export class Template {
  private readonly spans: readonly Span[];
  private parsed: readonly TemplateExpression[] | undefined;

  constructor(readonly text: string) {
    this.spans = findSpans(text);
  }

  /** All expressions, from left to right. Unclosed braces give one failed entry, the last. */
  get expressions(): readonly TemplateExpression[] {
    this.parsed ??= this.spans.map(({ start, end, closed }) => {
      if (closed) return { ...parseExpression(this.text.slice(start + 2, end - 2)), start, end };
      return { ok: false, source: this.text.slice(start + 2), error: 'is not closed with "}}"', start, end };
    });
    return this.parsed;
  }

  /** The texts and expressions in order, without empty texts. */
  get pieces(): readonly (string | TemplateExpression)[] {
    const pieces: (string | TemplateExpression)[] = [];
    let from = 0;
    for (const expression of this.expressions) {
      pieces.push(this.text.slice(from, expression.start), expression);
      from = expression.end;
    }
    return [...pieces, this.text.slice(from)].filter((piece) => piece !== '');
  }

  /** The inside of a text that is exactly one `{{ expression }}`, else `null`. */
  get soleExpression(): string | null {
    const [span] = this.spans;
    if (!span?.closed || this.spans.length > 1) return null;
    const around = this.text.slice(0, span.start) + this.text.slice(span.end);
    return around.trim() === '' ? this.text.slice(span.start + 2, span.end - 2) : null;
  }

  /** Whether the text starts with an expression, ignoring leading whitespace. */
  get startsWithExpression(): boolean {
    const [span] = this.spans;
    return span !== undefined && this.text.slice(0, span.start).trim() === '';
  }

  /** The text with every expression replaced, for checks of the surrounding text. */
  replaced(replacement: string): string {
    let result = '';
    let from = 0;
    for (const { start, end } of this.spans) {
      result += this.text.slice(from, start) + replacement;
      from = end;
    }
    return result + this.text.slice(from);
  }
}

/** Parses a parameter of type `expression`: one expression, optionally in braces. Never throws. */
export function parseCondition(value: string, template = new Template(value)): ExpressionResult {
  return parseExpression(template.soleExpression ?? value);
}

function findSpans(text: string): Span[] {
  let start = text.indexOf('{{');
  if (start === -1) return [];
  const closing = closingBraces(text);
  const spans: Span[] = [];
  while (start !== -1) {
    const known = closing[start + 2] ?? NOTHING;
    // An apostrophe that opens no string must not swallow the rest, so the first pair of braces closes.
    const close = known === NEVER_ENDS ? text.indexOf('}}', start + 2) : known;
    if (close < 0) {
      spans.push({ start, end: text.length, closed: false });
      return spans;
    }
    spans.push({ start, end: close + 2, closed: true });
    start = text.indexOf('{{', close + 2);
  }
  return spans;
}

/**
 * For each offset, as if an expression began there: the offset of its closing braces, NOTHING when there are none, or
 * NEVER_ENDS when a quoted string before them is not closed. One pass from the right, so that no text is scanned again for
 * each of its braces, whatever its quotes.
 */
function closingBraces(text: string): Int32Array {
  const closing = new Int32Array(text.length + 2).fill(NOTHING);
  const quoteEnds = {
    '"': new Int32Array(text.length + 2).fill(NOTHING),
    "'": new Int32Array(text.length + 2).fill(NOTHING),
  };
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const char = text[at];
    for (const quote of ['"', "'"] as const) {
      const ends = quoteEnds[quote];
      ends[at] = char === quote ? at : ((char === '\\' ? ends[at + 2] : ends[at + 1]) ?? NOTHING);
    }
    if (char === '"' || char === "'") {
      const end = quoteEnds[char][at + 1] ?? NOTHING;
      closing[at] = end === NOTHING ? NEVER_ENDS : (closing[end + 1] ?? NOTHING);
    } else {
      closing[at] = char === '}' && text[at + 1] === '}' ? at : (closing[at + 1] ?? NOTHING);
    }
  }
  return closing;
}
