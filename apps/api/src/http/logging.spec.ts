import { describe, expect, it } from 'vitest';
import { loggedPath } from './logging.js';

describe('paths in the log', () => {
  it('hold no tokens of hooks and links, and no parameters', () => {
    expect(loggedPath('/hooks/very-secret?from=mail')).toBe('/hooks/[token]');
    expect(loggedPath('/Hooks/very-secret/')).toBe('/Hooks/[token]');
    expect(loggedPath('/invite/very-secret')).toBe('/invite/[token]');
    expect(loggedPath('//reset/very-secret/x')).toBe('//reset/[token]');
    expect(loggedPath('/graphql?query=secret')).toBe('/graphql');
  });
});
