import { describe, expect, it } from 'vitest';
import { mayAct } from './foreign-pages.js';

const own = { host: 'holdfast.example' };
const allowed = ['https://app.example'];
const may = (headers: Record<string, string>, method = 'POST') =>
  mayAct({ method, headers: { ...own, ...headers } }, allowed);

const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain;charset=UTF-8' };
const cookie = { cookie: 'session=1' };
const foreign = { origin: 'https://evil.example' };

describe('a request that changes something', () => {
  it.each([
    ['of our own page', { ...cookie, ...text, origin: 'https://holdfast.example' }],
    [
      'of our own page behind a proxy that changes Host',
      { ...cookie, ...text, ...foreign, 'sec-fetch-site': 'same-origin' },
    ],
    ['of an allowed origin', { ...cookie, ...text, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }],
    ['of a program', { ...text }],
    ['of a program without a type', {}],
    ['with a proof of its own', { ...text, ...foreign, authorization: 'Bearer x' }],
    ['that no page sends without a preflight', { ...json, ...foreign }],
  ])('may be made: %s', (_, headers) => {
    expect(may(headers)).toBe(true);
  });

  it.each([
    ['a form of another site', { ...text, ...foreign }],
    ['a form of another site, with a cookie', { ...cookie, ...text, ...foreign }],
    ['JSON of another site, with a cookie', { ...cookie, ...json, ...foreign }],
    ['a form without a type', { ...foreign }],
    ['a form with a type in disguise', { 'content-type': ' TEXT/Plain ; x=application/json', ...foreign }],
    ['another site that hides its origin', { ...text, origin: 'null' }],
    ['another site that sends no origin', { ...text, 'sec-fetch-site': 'cross-site' }],
    [
      'another port of this host',
      { ...cookie, ...text, origin: 'https://holdfast.example:8443', 'sec-fetch-site': 'same-site' },
    ],
    ['a cookie without a word of where it comes from', { ...cookie, ...json }],
    ['a cookie beside a proof', { ...cookie, ...text, ...foreign, authorization: 'Bearer x' }],
    ['a name that begins like ours', { ...cookie, ...json, origin: 'https://holdfast.example.evil.example' }],
    ['a name that begins like an allowed one', { ...cookie, ...json, origin: 'https://app.example.evil.example' }],
  ])('may not be made: %s', (_, headers) => {
    expect(may(headers)).toBe(false);
  });

  it('is not a request that reads', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(may({ ...cookie, ...foreign }, method)).toBe(true);
  });
});
