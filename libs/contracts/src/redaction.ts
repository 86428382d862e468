/**
 * Hides secrets from viewers. Step inputs and everything that goes into a message are redacted before they are stored or
 * sent; outputs, answers and history when they are read, because runs use the originals again. A secret is recognised by
 * its key; free text has no keys and is shown unchanged.
 */
import type { JsonValue } from './json.js';
import type { UIMessageChunk } from './stream-events.js';

const secretKey =
  /password|passwd|passphrase|pwd|secret|token|(api|access|private)[-_ ]?key|credential|cookie|bearer|authorization|encrypted/i;
/** Counters such as `maxOutputTokens` are not secrets. */
const counterKey = /tokens$/i;
const REDACTED = '[redacted]';

/** Replaces the values of keys that name a secret, at any depth. Empty values and booleans stay readable. */
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

/** A chunk as viewers get it: tool inputs and outputs and an agent's data parts are redacted; everything else is unchanged. */
export function redactedChunk(chunk: UIMessageChunk): UIMessageChunk {
  switch (chunk.type) {
    case 'tool-input-available':
      return { ...chunk, input: redactSecrets(chunk.input as JsonValue) };
    case 'tool-input-error':
      return {
        ...chunk,
        input: typeof chunk.input === 'string' ? redactedJson(chunk.input) : redactSecrets(chunk.input as JsonValue),
        // The error text quotes the input.
        errorText: namesSecret(chunk.errorText) ? 'The input does not fit the tool.' : chunk.errorText,
      };
    case 'tool-output-available':
      return { ...chunk, output: redactSecrets(chunk.output as JsonValue) };
    default:
      return chunk.type.startsWith('data-') && 'data' in chunk
        ? { ...chunk, data: redactSecrets(chunk.data as JsonValue) }
        : chunk;
  }
}

/** JSON text that may be broken: text that cannot be parsed is hidden entirely when it names a secret. */
function redactedJson(text: string): JsonValue {
  try {
    return redactSecrets(JSON.parse(text) as JsonValue);
  } catch {
    return namesSecret(text) ? REDACTED : text;
  }
}

const namesSecret = (text: string) => secretKey.test(text);

/** The ends of keys in JSON text; looks at no more than the last 200 characters of a key. */
const keyEnds = /([^"]{0,200})"\s*:/g;
const KEPT_CHARS = 230;

/**
 * Tool inputs while a model is still writing them. Their text cannot be redacted piece by piece, so from the first key that
 * names a secret or contains escapes, the rest of the input is held back until it is complete.
 */
export class InputsInProgress {
  private readonly tails = new Map<string, string>();
  private readonly withheld = new Set<string>();

  /** The chunk as viewers get it; `null` when it is held back. */
  redacted(chunk: UIMessageChunk): UIMessageChunk | null {
    if (chunk.type !== 'tool-input-delta') return redactedChunk(chunk);
    const { toolCallId, inputTextDelta } = chunk;
    if (this.withheld.has(toolCallId)) return null;
    const text = (this.tails.get(toolCallId) ?? '') + inputTextDelta;
    if ([...text.matchAll(keyEnds)].some(([, key = '']) => key.includes('\\') || secretKey.test(key))) {
      this.withheld.add(toolCallId);
      return null;
    }
    this.tails.set(toolCallId, text.replaceAll(/\s+/g, ' ').slice(-KEPT_CHARS));
    return chunk;
  }
}
