import { describe, expect, it } from 'vitest';
import { limits } from '#libs/contracts';
import { promptProblem } from './prompt-problem.js';

describe('promptProblem', () => {
  it('asks for words when there are none', () => {
    expect(promptProblem(' \n\t ')).toBe('Describe what you want first.');
  });

  it('says by how much a prompt is too long, not counting space around it', () => {
    expect(promptProblem(`  ${'x'.repeat(limits.promptChars)}  `)).toBeNull();
    expect(promptProblem('x'.repeat(limits.promptChars + 1_500))).toBe('1,500 characters over the 16,000 limit.');
  });
});
