import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputsInProgress, redactedChunk, redactSecrets } from './redaction.js';
import type { UIMessageChunk } from './stream-events.js';

const secret = 'hunter2-hunter2';

describe('what viewers are shown of a chunk', () => {
  it.each<[UIMessageChunk]>([
    [{ type: 'tool-input-available', toolCallId: 'c', toolName: 't', input: { apiKey: secret } }],
    [{ type: 'tool-output-available', toolCallId: 'c', output: { user: { password: secret } } }],
    [{ type: 'tool-output-available', toolCallId: 'c', output: [{ access_token: secret }], preliminary: true }],
    [{ type: 'data-login', data: { credential: secret } }],
    [
      {
        type: 'tool-input-error',
        toolCallId: 'c',
        toolName: 't',
        input: { token: secret },
        errorText: `Invalid input {"token":"${secret}"}`,
      },
    ],
    [
      {
        type: 'tool-input-error',
        toolCallId: 'c',
        toolName: 't',
        input: `{"token":"${secret}"}`,
        errorText: 'Invalid input',
      },
    ],
    [
      {
        type: 'tool-input-error',
        toolCallId: 'c',
        toolName: 't',
        input: `{"token":"${secret}`,
        errorText: 'Invalid input',
      },
    ],
  ])('is without secrets in %j', (chunk) => {
    const shown = redactedChunk(chunk);
    expect(JSON.stringify(shown)).not.toContain(secret);
    expect(shown.type).toBe(chunk.type);
    expect(redactedChunk(shown)).toEqual(shown);
  });

  it.each<[UIMessageChunk]>([
    [{ type: 'text-delta', id: '0', delta: 'the token is yours' }],
    [{ type: 'tool-output-available', toolCallId: 'c', output: { inputTokens: 5, password: null } }],
    [{ type: 'data-flight', data: { price: 3 } }],
  ])('is otherwise what it was: %j', (chunk) => {
    expect(redactedChunk(chunk)).toEqual(chunk);
  });
});

describe('an input that is still being written', () => {
  const pieces = (json: string, cuts: readonly number[]) => {
    const places = [0, ...cuts.toSorted((one, other) => one - other), json.length];
    return places.slice(1).map((end, index) => json.slice(places[index], end));
  };
  const passed = (parts: readonly string[]) => {
    const inputs = new InputsInProgress();
    return parts
      .map((inputTextDelta) => inputs.redacted({ type: 'tool-input-delta', toolCallId: 'c', inputTextDelta }))
      .map((chunk) => (chunk?.type === 'tool-input-delta' ? chunk.inputTextDelta : ''))
      .join('');
  };

  it('shows nothing of a secret, wherever the borders of its pieces are', () => {
    const names = fc.constantFrom('password', 'x-api-key', 'access_token', 'clientSecret', 'p\\u0061ssword');
    const before = fc.string({ maxLength: 300 });
    const cuts = fc.array(fc.nat(400), { maxLength: 40 });
    fc.assert(
      fc.property(names, before, cuts, (name, text, at) => {
        const json = `{"text":${JSON.stringify(text)},"${name}" : "${secret}","after":1}`;
        const inside = at.filter((place) => place < json.length);
        expect(passed(pieces(json, inside))).not.toContain('hunter2');
      }),
    );
  });

  it('is passed on as it comes when it names none', () => {
    const json = '{"title":"Tokens and passwords","nodes":[{"id":"a","parameters":{"text":"x: \\"y\\""}}]}';
    expect(passed([...json])).toBe(json);
  });
});

describe('redaction', () => {
  it('keeps switches, counters and what is empty', () => {
    const value = { maxTokens: 5, hasPassword: true, token: null, secret: 'x' };
    expect(redactSecrets(value)).toEqual({ ...value, secret: '[redacted]' });
  });
});
