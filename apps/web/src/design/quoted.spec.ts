import { describe, expect, it } from 'vitest';
import { cpuMsOf } from '../../../../test/support/cpu-time.js';
import { quoted } from './quoted.js';

describe('quoted', () => {
  it.each([
    ['The branch "true" of "Is it large?" leads nowhere.', 'The branch “true” of “Is it large?” leads nowhere.'],
    ['For the node "a-b" write nodes["a-b"].', 'For the node “a-b” write nodes["a-b"].'],
    ['One " alone', 'One " alone'],
  ])('%s', (text, shown) => {
    expect(quoted(text)).toBe(shown);
  });

  it('takes time that grows with the text only', () => {
    const ms = cpuMsOf(() => {
      for (const piece of ['"', '" ', '"\n', 'a"', '["']) quoted(piece.repeat(100_000));
    });
    expect(ms).toBeLessThan(2_000);
  });
});
