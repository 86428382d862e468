import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClientOptions } from './holdfast-client.js';

interface Asked {
  url: string;
  headers: Headers;
  query: string;
  variables: { input?: Record<string, unknown> };
}

/** A client whose requests are answered by `answers` in turn; the last one repeats. */
function clientOf(answers: (() => Response)[], options: Partial<HoldfastClientOptions> = {}) {
  const asked: Asked[] = [];
  const client = createHoldfastClient({
    url: 'http://holdfast.test/below',
    fetch: async (url, init) => {
      asked.push({ url: String(url), headers: new Headers(init?.headers), ...JSON.parse(String(init?.body)) });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (!answer) throw new Error('There is no answer left.');
      return answer();
    },
    ...options,
  });
  return { client, asked };
}

const run = { id: 'run_1', status: 'QUEUED', error: null };
const submitted = () => Response.json({ data: { submitPrompt: { workflow: { id: 'wf_1' }, run, userErrors: [] } } });
const cutOff = (): Response => {
  throw new TypeError('fetch failed');
};
const failed =
  (code: string, retryable: boolean, status = 200) =>
  () =>
    Response.json(
      { errors: [{ message: 'No.', extensions: { code, retryable, retryAfterMs: null, requestId: 'req_1' } }] },
      { status },
    );

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('submitting a prompt', () => {
  it('repeats with the same idempotency key until it is answered', async () => {
    const { client, asked } = clientOf([cutOff, failed('UNAVAILABLE', true, 503), submitted]);
    const answer = client.submitPrompt({ prompt: 'Build it' });
    await vi.runAllTimersAsync();
    const { workflowId, idempotencyKey } = await answer;
    expect(workflowId).toBe('wf_1');
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ variables }) => variables.input?.idempotencyKey))).toEqual(new Set([idempotencyKey]));
  });

  it('uses a new key for another submit, and the given one when there is one', async () => {
    const { client } = clientOf([submitted]);
    const first = await client.submitPrompt({ prompt: 'Build it' });
    const second = await client.submitPrompt({ prompt: 'Build it' });
    expect(second.idempotencyKey).not.toBe(first.idempotencyKey);
    expect((await client.submitPrompt({ prompt: 'x', idempotencyKey: 'mine' })).idempotencyKey).toBe('mine');
  });

  it('needs nothing that pages without TLS lack', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const { client } = clientOf([submitted]);
    expect((await client.submitPrompt({ prompt: 'Build it' })).idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
    vi.unstubAllGlobals();
  });

  it('is refused with every reason, and not repeated', async () => {
    const userErrors = [{ code: 'CONFLICT', field: ['input', 'workflowId'], message: 'A run is going on.' }];
    const { client, asked } = clientOf([
      () => Response.json({ data: { submitPrompt: { workflow: null, run: null, userErrors } } }),
    ]);
    await expect(client.submitPrompt({ prompt: 'x' })).rejects.toMatchObject({
      kind: 'refusal',
      code: 'CONFLICT',
      message: 'A run is going on.',
      refusals: userErrors,
    });
    expect(asked).toHaveLength(1);
  });
});

describe('a request', () => {
  it('goes to the endpoint below the given address, with the headers of the moment', async () => {
    let token = 0;
    const headers = () => ({ authorization: `Bearer ${++token}` });
    const { client, asked } = clientOf([() => Response.json({ data: { x: 1 } })], { headers });
    await client.request('{ x }');
    await client.request('{ x }');
    expect(asked.map(({ url }) => url)).toEqual(Array(2).fill('http://holdfast.test/below/graphql'));
    expect(asked.map((request) => request.headers.get('authorization'))).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('fails with the code, the advice and the id that the server gave', async () => {
    const { client } = clientOf([failed('UNAVAILABLE', true)]);
    await expect(client.request('{ x }')).rejects.toMatchObject({
      kind: 'request',
      code: 'UNAVAILABLE',
      retryable: true,
      requestId: 'req_1',
    });
  });

  it('reads the status where a proxy answers instead of the server', async () => {
    const page = (status: number, headers = {}) => [() => new Response('<html>', { status, headers })];
    await expect(clientOf(page(502)).client.request('{ x }')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
    await expect(clientOf(page(429, { 'retry-after': '3' })).client.request('{ x }')).rejects.toMatchObject({
      retryable: true,
      retryAfterMs: 3_000,
    });
    await expect(clientOf(page(404)).client.request('{ x }')).rejects.toMatchObject({ retryable: false });
  });

  it('is called off by its signal', async () => {
    const { client, asked } = clientOf([submitted]);
    const signal = AbortSignal.abort(new Error('not wanted'));
    await expect(client.request('{ x }', {}, { signal })).rejects.toThrow('not wanted');
    expect(asked).toEqual([]);
  });

  it('that may do something twice is sent once', async () => {
    for (const call of ['retryRun', 'deleteWorkflow'] as const) {
      const { client, asked } = clientOf([cutOff]);
      await expect(client[call]('x')).rejects.toMatchObject({ kind: 'network' });
      expect(asked).toHaveLength(1);
    }
  });
});
