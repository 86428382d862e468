import { describe, expect, it } from 'vitest';
import { loggedError } from './logger.port.js';

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

  it('keeps a code that is a word or a number, and nothing that merely has that name', () => {
    for (const code of ['ECONNRESET', 42])
      expect(loggedError(Object.assign(new Error(), { code }))).toMatchObject({ code });
    expect(loggedError(Object.assign(new Error(), { code: { prompt: 'secret' } }))).not.toHaveProperty('code');
  });

  it('ends at an error that is its own cause', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(loggedError(error, 1)).toMatchObject({ cause: { message: 'round and round' } });
    expect(() => loggedError(error)).not.toThrow();
  });
});
