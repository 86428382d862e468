/**
 * Values as people see them: redacted and of bounded size. Inputs of steps are stored like that; outputs, answers and
 * history are stored whole, because they are used again.
 */
import { type JsonValue, jsonBytes, limits, redactSecrets } from '#libs/contracts';

/** The value as it is shown. Past `limits.storedValueBytes` only the beginning of its JSON text is kept, with a note. */
export function shownValue(value: JsonValue): JsonValue {
  const redacted = redactSecrets(value);
  const bytes = jsonBytes(redacted);
  if (bytes <= limits.storedValueBytes) return redacted;
  const text = JSON.stringify(redacted);
  // Quoting the text may double it, and a UTF-16 unit takes up to three bytes, so a quarter is safe.
  let kept = Math.floor(limits.storedValueBytes / 4);
  const cut = () => ({ truncated: true, note: `Cut: the whole value has ${bytes} bytes.`, text: text.slice(0, kept) });
  while (jsonBytes(cut()) > limits.storedValueBytes) kept = Math.floor(kept / 2);
  return cut();
}
