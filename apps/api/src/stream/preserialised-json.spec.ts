import { describe, expect, it } from 'vitest';
import { PreserialisedPayloads, preserialisedList, stringifyWithPreserialised } from './preserialised-json.js';

describe('a preserialised list', () => {
  it('is written where it stands, however many there are and as often as it is asked for', () => {
    const twice = preserialisedList('{"a":"1,2"},3');
    const value = { b: twice, c: ['x', preserialisedList('null')], d: 'y', e: twice };
    expect(stringifyWithPreserialised(value)).toBe(
      '{"b":[{"a":"1,2"},3],"c":["x",[null]],"d":"y","e":[{"a":"1,2"},3]}',
    );
    expect(stringifyWithPreserialised(value)).toBe(stringifyWithPreserialised(value));
  });

  it('changes nothing where there is none', () => {
    const value = { text: '"\u0000"', n: 1, none: null };
    expect(stringifyWithPreserialised(value)).toBe(JSON.stringify(value));
  });

  it('cannot be imitated by its own items', () => {
    const [item] = preserialisedList('1');
    const placeholder = JSON.stringify(item);
    expect(stringifyWithPreserialised({ a: preserialisedList(placeholder), b: preserialisedList('2') })).toBe(
      `{"a":[${placeholder}],"b":[2]}`,
    );
  });
});

const json = '{"data":{"a":"null}"}}';

describe('a preserialised payload', () => {
  it('stands in the message that was just serialised', () => {
    const payloads = new PreserialisedPayloads();
    const message = JSON.stringify({ id: '1', type: 'next', payload: payloads.payload(json) });
    expect(payloads.complete(message)).toBe(`{"id":"1","type":"next","payload":${json}}`);
  });

  it('leaves all other messages as they are', () => {
    const payloads = new PreserialisedPayloads();
    payloads.complete(JSON.stringify({ id: '1', type: 'next', payload: payloads.payload(json) }));
    expect(payloads.complete('{"type":"pong","payload":null}')).toBe('{"type":"pong","payload":null}');
  });

  it('is refused where it is not the end of the message', () => {
    const payloads = new PreserialisedPayloads();
    const message = JSON.stringify({ payload: payloads.payload(json), id: '1' });
    expect(() => payloads.complete(message)).toThrow('does not end with its payload');
  });
});
