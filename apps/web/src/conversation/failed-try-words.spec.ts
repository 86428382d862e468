import { describe, expect, it } from 'vitest';
import { runErrorCatalog } from '#libs/contracts';
import { failedTryWords } from './failed-try-words.js';

describe('failedTryWords', () => {
  it('leaves out the advice to try again while the server does so itself', () => {
    const { message } = runErrorCatalog.PROVIDER_RATE_LIMITED;
    expect(failedTryWords({ message, willRetry: true })).toBe('The model provider is limiting requests.');
    expect(failedTryWords({ message, willRetry: false })).toBe(message);
  });

  it('advises nobody to try again, and says something, whatever failed', () => {
    for (const { message } of Object.values(runErrorCatalog)) {
      const words = failedTryWords({ message, willRetry: true });
      expect(words).not.toMatch(/try again/i);
      expect(words).toMatch(/\w+ \w+.*\.$/);
    }
  });
});
