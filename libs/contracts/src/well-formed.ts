/**
 * Well-formed Unicode. Models and providers split text between the two code units of a surrogate pair, and model servers
 * and JSON parsers may reject text that contains half of one.
 */

const REPLACEMENT = '\ufffd';

/**
 * The value with every lone surrogate in its texts and keys replaced by U+FFFD; the same value when there is none. Class
 * instances, such as errors and dates, are left alone. Linear in the size of the value.
 */
export function wellFormed<T>(value: T): T {
  return wellFormedValue(value) as T;
}

function wellFormedValue(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) {
    const entries = value.map(wellFormedValue);
    return entries.some((entry, index) => entry !== value[index]) ? entries : value;
  }
  if (!isPlainObject(value)) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => {
    const newKey = key.toWellFormed();
    const newEntry = wellFormedValue(entry);
    changed ||= newKey !== key || newEntry !== entry;
    return [newKey, newEntry];
  });
  return changed ? Object.fromEntries(entries) : value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Rejoins surrogate pairs that are split between two pieces of a text. Use one instance per text. */
export class SurrogateJoiner {
  private held = '';

  /** The text that has become available, without half a pair at its end. */
  next(piece: string): string {
    const text = this.held + piece;
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.held = isHalf ? text.slice(-1) : '';
    return (isHalf ? text.slice(0, -1) : text).toWellFormed();
  }

  /** The replacement for a half that was never completed; empty when there is none. */
  end(): string {
    const rest = this.held === '' ? '' : REPLACEMENT;
    this.held = '';
    return rest;
  }
}
