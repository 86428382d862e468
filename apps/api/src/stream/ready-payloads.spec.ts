import { describe, expect, it } from 'vitest';
import { ReadyPayloads } from './ready-payloads.js';

const text = '{"data":{"a":"null}"}}';

describe('a ready payload', () => {
  it('takes its place in the message that was just written down', () => {
    const payloads = new ReadyPayloads();
    const message = JSON.stringify({ id: '1', type: 'next', payload: payloads.payload(text) });
    expect(payloads.complete(message)).toBe(`{"id":"1","type":"next","payload":${text}}`);
  });

  it('leaves all other messages as they are', () => {
    const payloads = new ReadyPayloads();
    payloads.complete(JSON.stringify({ id: '1', type: 'next', payload: payloads.payload(text) }));
    expect(payloads.complete('{"type":"pong","payload":null}')).toBe('{"type":"pong","payload":null}');
  });

  it('is refused where it is not the end of the message', () => {
    const payloads = new ReadyPayloads();
    const message = JSON.stringify({ payload: payloads.payload(text), id: '1' });
    expect(() => payloads.complete(message)).toThrow('does not end with its payload');
  });
});
