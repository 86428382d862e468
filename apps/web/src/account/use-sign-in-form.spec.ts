import { describe, expect, it } from 'vitest';
import { placeWithin } from './use-sign-in-form.js';

describe('the place that is opened after signing in', () => {
  it.each([
    [null, '/'],
    ['/w/wf_1?x=1', '/w/wf_1?x=1'],
    ['https://evil.example/w', '/'],
    ['//evil.example/w', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['http://', '/'],
  ])('for %j is %s', (then, place) => {
    expect(placeWithin(then, 'https://holdfast.example')).toBe(place);
  });
});
