import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuMsOf } from '../../../../test/support/cpu-time.js';
import { ThinkTags } from './think-tags.js';

function read(pieces: readonly string[]) {
  const tags = new ThinkTags();
  const all = [...pieces.map((piece) => tags.push(piece)), tags.end()];
  return { reasoning: all.map((one) => one.reasoning).join(''), text: all.map((one) => one.text).join('') };
}

describe('reasoning between tags', () => {
  it('is told from the text behind it, wherever the pieces are cut', () => {
    const answer = '\n<think>\nA < b, </thin k>\n</think>\n\nThe answer, with <think>tags</think> of its own.';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (sizes) => {
        const pieces: string[] = [];
        let at = 0;
        for (const size of [...sizes, answer.length]) {
          pieces.push(answer.slice(at, at + size));
          at += size;
        }
        expect(read(pieces)).toEqual({
          reasoning: '\nA < b, </thin k>\n',
          text: 'The answer, with <think>tags</think> of its own.',
        });
      }),
    );
  });

  it.each([
    ['<thinking>a</thinking>b', 'a', 'b'],
    ['[THINK]a[/THINK] b', 'a', 'b'],
    ['<think>never closed', 'never closed', ''],
    ['No tags at all.', '', 'No tags at all.'],
    ['<thin air', '', '<thin air'],
    ['<', '', '<'],
    ['', '', ''],
  ])('%j', (answer, reasoning, text) => {
    expect(read([...answer])).toEqual({ reasoning, text });
  });

  it('takes time in proportion to the answer', () => {
    const ms = cpuMsOf(() => {
      expect(read(['<think>', ...Array.from({ length: 200_000 }, () => '</thin')]).reasoning).toHaveLength(1_200_000);
      expect(read(Array.from({ length: 200_000 }, () => ' ')).text).toHaveLength(200_000);
    });
    expect(ms).toBeLessThan(5_000);
  });
});
