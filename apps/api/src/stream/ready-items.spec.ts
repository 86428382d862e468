import { describe, expect, it } from 'vitest';
import { readyItems, stringifyReady } from './ready-items.js';

describe('a ready list', () => {
  it('is written where it stands, however many there are and as often as it is asked for', () => {
    const twice = readyItems('{"a":"1,2"},3');
    const value = { b: twice, c: ['x', readyItems('null')], d: 'y', e: twice };
    expect(stringifyReady(value)).toBe('{"b":[{"a":"1,2"},3],"c":["x",[null]],"d":"y","e":[{"a":"1,2"},3]}');
    expect(stringifyReady(value)).toBe(stringifyReady(value));
  });

  it('changes nothing where there is none', () => {
    const value = { text: '"\u0000"', n: 1, none: null };
    expect(stringifyReady(value)).toBe(JSON.stringify(value));
  });

  it('cannot be imitated by its own items', () => {
    const [item] = readyItems('1');
    const mark = JSON.stringify(item);
    expect(stringifyReady({ a: readyItems(mark), b: readyItems('2') })).toBe(`{"a":[${mark}],"b":[2]}`);
  });
});
