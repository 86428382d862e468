import { describe, expect, it } from 'vitest';
import { loggedError, loggedPath } from './logging.js';

describe('errors in the log', () => {
  it('keeps type, message, code and cause, and drops statements and their parameters', () => {
    const driver = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (prompt)=(secret)' });
    const error = Object.assign(new Error('query failed', { cause: driver }), {
      query: 'INSERT INTO runs',
      parameters: ['secret'],
    });
    const logged = loggedError(error);
    expect(logged).toMatchObject({ message: 'query failed', cause: { message: 'duplicate key', code: '23505' } });
    expect(JSON.stringify({ ...logged, stack: '' })).not.toContain('secret');
  });
});

describe('paths in the log', () => {
  it('hold no tokens of hooks and no parameters', () => {
    expect(loggedPath('/hooks/very-secret?from=mail')).toBe('/hooks/[token]');
    expect(loggedPath('/Hooks/very-secret/')).toBe('/Hooks/[token]');
    expect(loggedPath('/graphql?query=secret')).toBe('/graphql');
  });
});
