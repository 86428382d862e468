import { describe, expect, it } from 'vitest';
import { programName } from './program-name.js';

describe('the name of a program', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Safari/604.1', 'Safari on iOS'],
    ['curl/8.5.0', 'curl'],
    ['', 'An unknown program'],
    [null, 'An unknown program'],
  ])('of %j is %s', (userAgent, name) => {
    expect(programName(userAgent)).toBe(name);
  });
});
