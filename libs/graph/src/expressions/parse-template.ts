/**
 * Owns how `{{ expressions }}` are found inside a text. Never judges what an expression refers to.
 */
import { type ExpressionResult, parseExpression } from './parse-expression.js';

export type TemplateExpression = ExpressionResult & {
  /** Offset of the opening braces. */
  readonly start: number;
  /** Offset behind the closing braces; the end of the text when they are missing. */
  readonly end: number;
};

/**
 * All `{{ expressions }}` of a text, from left to right. Never throws.
 * Braces that are never closed give one failed entry. `}}` inside a quoted string does not close.
 */
export function parseExpressions(value: string): TemplateExpression[] {
  const found: TemplateExpression[] = [];
  let start = value.indexOf('{{');
  while (start !== -1) {
    const close = closingBraces(value, start + 2);
    if (close === -1) {
      found.push({
        ok: false,
        source: value.slice(start + 2),
        error: 'is not closed with "}}"',
        start,
        end: value.length,
      });
      return found;
    }
    found.push({ ...parseExpression(value.slice(start + 2, close)), start, end: close + 2 });
    start = value.indexOf('{{', close + 2);
  }
  return found;
}

/** Parses a parameter of type `expression`: one expression; braces around all of it are tolerated. Never throws. */
export function parseCondition(value: string): ExpressionResult {
  const whole = soleExpression(value);
  return parseExpression(whole ?? value);
}

/** The inside of a text that is exactly one `{{ expression }}`, else `null`. */
export function soleExpression(value: string): string | null {
  const text = value.trim();
  if (!text.startsWith('{{')) return null;
  const close = closingBraces(text, 2);
  return close !== -1 && close + 2 === text.length ? text.slice(2, close) : null;
}

/** The text with every expression replaced, for checks on what surrounds them. */
export function replaceExpressions(value: string, replacement: string): string {
  let result = '';
  let from = 0;
  for (const expression of parseExpressions(value)) {
    result += value.slice(from, expression.start) + replacement;
    from = expression.end;
  }
  return result + value.slice(from);
}

function closingBraces(text: string, from: number): number {
  let quote: string | null = null;
  for (let at = from; at < text.length - 1; at += 1) {
    const char = text[at];
    if (quote !== null) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = null;
    } else if (char === '"' || char === "'") {
      quote = char;
    } else if (char === '}' && text[at + 1] === '}') {
      return at;
    }
  }
  // An apostrophe that opens no string must not swallow the rest: fall back to the first pair of braces.
  return quote === null ? -1 : text.indexOf('}}', from);
}
