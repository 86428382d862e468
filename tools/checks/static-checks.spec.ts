import { describe, expect, it } from 'vitest';
import { CHECKS } from './checks.ts';

describe('the repository', () => {
  for (const check of CHECKS) {
    it(check.title, async () => {
      expect(await check.run(), `what to do: ${check.remedy}`).toBeUndefined();
    });
  }
});
