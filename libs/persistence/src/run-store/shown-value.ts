/**
 * What people are shown of what runs work with, wherever it is shown: without what looks like a secret, and of bounded
 * size. Inputs of steps are stored like that; outputs, answers and history are stored whole, because they are used again.
 */
import { type JsonValue, limits } from '#libs/contracts';

const secretKey =
  /password|passwd|passphrase|pwd|secret|token|(api|access|private)[-_ ]?key|credential|cookie|bearer|authorization|encrypted/i;
/** Counters such as `maxOutputTokens` are no secrets. */
const counterKey = /tokens$/i;
const REDACTED = '[redacted]';

/** Replaces the values of keys that name a secret, at any depth. Empty values and switches stay readable. */
export function redactSecrets(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(redactSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, isSecret(key, entry) ? REDACTED : redactSecrets(entry)]),
  );
}

function isSecret(key: string, value: JsonValue): boolean {
  if (!secretKey.test(key) || value === null || typeof value === 'boolean') return false;
  return !(typeof value === 'number' && counterKey.test(key));
}

/** UTF-8 bytes of the value as JSON. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? 'null');
}

/** The value as it is shown. Past `limits.storedValueBytes` only the beginning of its JSON text is kept, with a note. */
export function shownValue(value: JsonValue): JsonValue {
  const redacted = redactSecrets(value);
  const bytes = jsonBytes(redacted);
  if (bytes <= limits.storedValueBytes) return redacted;
  const text = JSON.stringify(redacted);
  // Quoting the text again may double it, and a UTF-16 unit takes up to three bytes: a quarter is safely inside.
  let kept = Math.floor(limits.storedValueBytes / 4);
  const cut = () => ({ truncated: true, note: `Cut: the whole value has ${bytes} bytes.`, text: text.slice(0, kept) });
  while (jsonBytes(cut()) > limits.storedValueBytes) kept = Math.floor(kept / 2);
  return cut();
}
