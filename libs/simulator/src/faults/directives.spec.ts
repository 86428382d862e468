import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directiveSpecs, parseDirectives, stripDirectives, UnknownDirective } from './directives.js';
import { FaultLedger, takeFirst } from './fault-ledger.js';

describe('directives', () => {
  it('are read with their value, parameters and defaults', () => {
    expect(parseDirectives('x [[sim: status=429 retry-after=2 times=2]] y [[sim: length]]')).toEqual([
      expect.objectContaining({
        name: 'status',
        value: 429,
        params: { 'retry-after': 2, 'retry-after-ms': undefined },
        times: 2,
      }),
      expect.objectContaining({ name: 'length', params: { after: 20 }, times: Number.POSITIVE_INFINITY }),
    ]);
  });

  it('are taken out of the prompt', () => {
    expect(stripDirectives('Post [[sim: cut after=40]] to Slack [[sim: text=3]]')).toBe('Post to Slack');
  });

  it('may be restricted to one call, each by itself or all at once', () => {
    expect(parseDirectives('[[sim: cut call=3]]')[0]?.call).toBe(3);
    expect(parseDirectives('[[sim: cut]] [[sim: call=2]]').map(({ call }) => call)).toEqual([2]);
    expect(parseDirectives('[[sim: status=500 call=title]]')[0]?.call).toBe('title');
  });

  it.each(['explode', 'cut after=soon', 'status', 'cut before=3', 'refuse=1', 'text=-1', 'constructor'])(
    'are refused when misspelt: %s',
    (text) => {
      expect(() => parseDirectives(`[[sim: ${text}]]`)).toThrow(UnknownDirective);
    },
  );

  it('strike as often as they may for one prompt, and again for another', () => {
    const ledger = new FaultLedger();
    const directives = parseDirectives('[[sim: cut times=2]]');
    const strikes = (prompt: string) =>
      [1, 2, 3].map(() => takeFirst(ledger, prompt, directives, ['cut']) !== undefined);
    expect(strikes('one')).toEqual([true, true, false]);
    expect(strikes('two')).toEqual([true, true, false]);
    ledger.reset();
    expect(strikes('one')).toEqual([true, true, false]);
  });

  it('are all described in the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    for (const [name, spec] of Object.entries(directiveSpecs)) {
      expect(readme, name).toMatch(new RegExp(`^\\| \`\\[\\[sim: ${name}\\b`, 'mu'));
      for (const parameter of Object.keys(spec.params)) expect(readme).toContain(`${parameter}=`);
    }
  });
});
