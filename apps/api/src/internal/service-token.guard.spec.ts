import { describe, expect, it } from 'vitest';
import { isSameSecret } from './service-token.guard.js';

describe('the service token', () => {
  it('fits only itself, whatever the length of what is given', () => {
    expect(isSameSecret('0123456789abcdef', '0123456789abcdef')).toBe(true);
    for (const given of ['', '0123456789abcde', '0123456789abcdef0', '0123456789abcdeF']) {
      expect(isSameSecret(given, '0123456789abcdef')).toBe(false);
    }
  });
});
