import { Writable } from 'node:stream';
import { pinoHttp } from 'pino-http';
import { describe, expect, it } from 'vitest';
import { loggingOptions } from './logging.js';

/** An error as an HTTP client throws it, with the whole exchange attached. */
function failedRequest(): Error {
  const request = { headers: { Authorization: 'Bearer secret-key' }, data: '{"prompt":"secret text"}' };
  const response = { status: 402, headers: { 'set-cookie': 'secret-cookie' }, data: 'secret body' };
  const error = Object.assign(new Error('Request failed with status code 402'), {
    code: 'ERR_BAD_REQUEST',
    config: request,
    request,
    response,
  });
  return new Error('The bank could not be asked.', { cause: error });
}

function written(log: (logger: ReturnType<typeof pinoHttp>['logger']) => void): string {
  const lines: string[] = [];
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
  log(pinoHttp(loggingOptions({ logLevel: 'info', logFormat: 'json' }), stream).logger);
  return lines.join('');
}

describe('the log of the worker', () => {
  it('holds the words of an error and its causes, and nothing of requests and answers', () => {
    const line = written((logger) => logger.warn({ err: failedRequest(), tool: 'pay' }, 'a tool failed'));
    expect(JSON.parse(line)).toMatchObject({
      app: 'worker',
      tool: 'pay',
      err: {
        message: 'The bank could not be asked.',
        cause: { message: 'Request failed with status code 402', code: 'ERR_BAD_REQUEST' },
      },
    });
    expect(line).not.toContain('secret');
  });

  it('says no more of an error that is logged by itself', () => {
    const line = written((logger) => logger.error(failedRequest().cause));
    expect(line).toContain('Request failed with status code 402');
    expect(line).not.toContain('secret');
  });
});
