/**
 * Well-formed Unicode. Models and providers cut texts between the two code units of a surrogate pair, and neither a model's server
 * nor a JSON parser has to take a text that holds only half an emoji.
 */

const REPLACEMENT = '\ufffd';

/**
 * The value with every lone surrogate in its texts and keys replaced by U+FFFD, the value itself when there is none.
 * Objects of a class of their own, such as errors and dates, are left alone. Linear in the value.
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

/** A pair that is cut between two pieces of a text, put together again. One for each text. */
export class SurrogateJoiner {
  private held = '';

  /** The text so far that was not given before, less half a pair at its end. */
  next(piece: string): string {
    const text = this.held + piece;
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.held = isHalf ? text.slice(-1) : '';
    return (isHalf ? text.slice(0, -1) : text).toWellFormed();
  }

  /** What stands for a half that stayed alone; empty when there is none. */
  end(): string {
    const rest = this.held === '' ? '' : REPLACEMENT;
    this.held = '';
    return rest;
  }
}
