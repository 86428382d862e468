import { GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.js';
import { classifyError, publicError } from './public-errors.js';

function thrownByResolver(error: Error): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, path: ['workflow'] });
}

function driverError(fields: Record<string, unknown>): Error {
  const driver = Object.assign(new Error('password authentication failed for user "holdfast"'), fields);
  return Object.assign(new Error('SELECT secret FROM users failed'), { name: 'QueryFailedError', driverError: driver });
}

describe('errors that leave the server', () => {
  it('shows the words of our own errors, with code and request id', () => {
    const { shown } = publicError(thrownByResolver(new ApiError('NOT_FOUND', 'No such revision.')), 'req-1');
    expect(shown).toEqual({
      message: 'No such revision.',
      path: ['workflow'],
      extensions: { code: 'NOT_FOUND', requestId: 'req-1', retryable: false, retryAfterMs: null },
    });
  });

  it('hides the text, the SQL and the stack of a fault', () => {
    const { shown, classified } = publicError(thrownByResolver(driverError({ code: '42P01' })), 'req-1');
    expect(JSON.stringify(shown)).not.toMatch(/SELECT|password|stack|holdfast/);
    expect(shown.extensions).toMatchObject({ code: 'INTERNAL', retryable: false });
    expect(classified.hidden).toBeInstanceOf(Error);
  });

  it('says LIMIT_EXCEEDED of a document that is nested deeper than the parser can go', () => {
    const overflow = thrownByResolver(new RangeError('Maximum call stack size exceeded'));
    const parsing = { message: 'x', extensions: { code: 'GRAPHQL_PARSE_FAILED' } };
    expect(classifyError(overflow, parsing)).toMatchObject({ code: 'LIMIT_EXCEEDED', hidden: null });
    expect(classifyError(overflow).code).toBe('INTERNAL');
  });

  it('says UNAVAILABLE, retryable, when the database or Redis is away, however deep the cause is', () => {
    const causes = [
      driverError({ code: '57P01' }),
      driverError({ code: '08006' }),
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
      new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
      Object.assign(new Error('Reached the max retries per request limit'), { name: 'MaxRetriesPerRequestError' }),
      new Error('outer', { cause: new Error('Connection terminated unexpectedly') }),
    ];
    for (const cause of causes) {
      const { shown } = publicError(thrownByResolver(cause), null);
      expect(shown.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 2_000 });
      expect(shown.message).not.toContain('ECONNREFUSED');
    }
  });

  it("keeps GraphQL's own text about a document that does not parse", () => {
    let error: unknown = null;
    try {
      parse('{');
    } catch (thrown) {
      error = thrown;
    }
    expect(classifyError(error)).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'Syntax Error: Expected Name, found <EOF>.',
    });
  });

  it('names the limit of a document with too many tokens', () => {
    let error: unknown = null;
    try {
      parse('{ a b c }', { maxTokens: 2 });
    } catch (thrown) {
      error = thrown;
    }
    expect(classifyError(error).code).toBe('LIMIT_EXCEEDED');
  });

  it('keeps the name of the variable whose value does not fit', () => {
    const inner = new GraphQLError('Int cannot represent "a"');
    const error = new GraphQLError('Variable "$f" got invalid value "a"; Int cannot represent "a"', {
      originalError: inner,
    });
    expect(classifyError(error).message).toContain('Variable "$f"');
  });

  it('does not trust the message of a GraphQLError that a library throws during execution', () => {
    const error = new GraphQLError('Cannot return null for secret thing', { path: ['workflow'] });
    expect(classifyError(error)).toMatchObject({ code: 'INTERNAL', message: 'Something went wrong on our side.' });
  });
});
