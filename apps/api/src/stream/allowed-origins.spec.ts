import { describe, expect, it } from 'vitest';
import { isAllowedOrigin } from './allowed-origins.js';

describe('origins of WebSockets', () => {
  it('lets programs in, which send none, and pages of this server', () => {
    expect(isAllowedOrigin({ origin: undefined, host: 'localhost:4000' }, [])).toBe(true);
    expect(isAllowedOrigin({ origin: 'http://localhost:4000', host: 'localhost:4000' }, [])).toBe(true);
  });

  it('keeps out pages of other sites, other ports and documents without an origin', () => {
    for (const origin of [
      'http://evil.example',
      'http://localhost:4001',
      'null',
      'http://localhost:4000.evil.example',
    ]) {
      expect(isAllowedOrigin({ origin, host: 'localhost:4000' }, [])).toBe(false);
    }
  });

  it('lets in exactly the origins on the list', () => {
    const allowed = ['https://app.example'];
    expect(isAllowedOrigin({ origin: 'https://app.example', host: 'localhost' }, allowed)).toBe(true);
    expect(isAllowedOrigin({ origin: 'http://app.example', host: 'localhost' }, allowed)).toBe(false);
  });
});
