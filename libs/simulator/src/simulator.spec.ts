import { readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText, tool } from 'ai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from './simulator.js';

const logFile = join(tmpdir(), `holdfast-simulator-${process.pid}.jsonl`);
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ logFile });
});
afterAll(async () => {
  await simulator.close();
  rmSync(logFile, { force: true });
});
beforeEach(async () => {
  await fetch(`${simulator.url}/simulator/requests`, { method: 'DELETE' });
});

const anything = tool({ description: 'A graph tool.', inputSchema: z.looseObject({}) });
const tools = {
  searchNodeTypes: anything,
  addNodes: anything,
  connectNodes: anything,
  updateNode: anything,
  removeNodes: anything,
  validateGraph: anything,
};
const prompt = 'Every Monday at 8, pull orders from Postgres and email a summary to sales@acme.io.';
type Api = 'responses' | 'chat';
const apis: Api[] = ['responses', 'chat'];

interface Outcome {
  types: string[];
  text: string;
  reasoning: string;
  calls: { name: string; invalid: boolean }[];
  finishReason: string | undefined;
  usage: { inputTokens: number | undefined; outputTokens: number | undefined } | undefined;
  errors: unknown[];
  thrown: unknown;
  deltas: string[];
}

/** @param onDelta called with the number of reasoning and text deltas so far */
async function run(
  text: string,
  api: Api = 'responses',
  signal?: AbortSignal,
  onDelta?: (count: number) => void,
): Promise<Outcome> {
  const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'any' });
  const outcome: Outcome = {
    types: [],
    text: '',
    reasoning: '',
    calls: [],
    finishReason: undefined,
    usage: undefined,
    errors: [],
    thrown: undefined,
    deltas: [],
  };
  const result = streamText({
    model: api === 'chat' ? openai.chat('simulator') : openai('simulator'),
    instructions: 'Build workflows.',
    prompt: text,
    tools,
    maxRetries: 0,
    ...(signal ? { abortSignal: signal } : {}),
    providerOptions: {
      openai: { store: false, forceReasoning: true, ...(api === 'chat' ? {} : { reasoningSummary: 'auto' }) },
    },
    onError: ({ error }) => {
      outcome.errors.push(error);
    },
  });
  let deltas = 0;
  try {
    for await (const part of result.stream) {
      outcome.types.push(part.type);
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') onDelta?.(++deltas);
      if (part.type === 'text-delta') {
        outcome.text += part.text;
        outcome.deltas.push(part.text);
      }
      if (part.type === 'reasoning-delta') outcome.reasoning += part.text;
      if (part.type === 'tool-call') outcome.calls.push({ name: part.toolName, invalid: part.invalid === true });
      if (part.type === 'finish') {
        outcome.finishReason = part.finishReason;
        outcome.usage = part.totalUsage;
      }
    }
  } catch (error) {
    outcome.thrown = error;
  }
  return outcome;
}

const lastOutcome = () => simulator.requests.at(-1)?.outcome;

async function eventually(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('The condition did not come to hold within 5 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function post(path: string, body: string, headers: Record<string, string> = { authorization: 'Bearer any' }) {
  return fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

const responsesBody = (text: string, extra: object = {}) =>
  JSON.stringify({ model: 'simulator', stream: true, input: text, ...extra });

describe.each(apis)('the simulator, spoken to by the AI SDK over the %s API', (api) => {
  it('streams text, tool calls and usage, and finishes with tool-calls', async () => {
    const outcome = await run(prompt, api);
    expect(outcome.errors).toEqual([]);
    expect(outcome.thrown).toBeUndefined();
    expect(outcome.calls.length).toBeGreaterThanOrEqual(2);
    expect(outcome.calls.every((call) => call.name === 'searchNodeTypes' && !call.invalid)).toBe(true);
    expect(outcome.text).not.toBe('');
    expect(outcome.types).toContain('tool-input-delta');
    expect(outcome.finishReason).toBe('tool-calls');
    expect(outcome.usage?.inputTokens).toBeGreaterThan(0);
    expect(outcome.usage?.outputTokens).toBeGreaterThan(0);
    if (api === 'responses') expect(outcome.reasoning).toContain('Reading the request');
    expect(simulator.requests.at(-1)).toMatchObject({
      outcome: 'completed',
      callIndex: 0,
      runCall: 1,
      purpose: 'turn',
    });
  });

  it('answers 429 with Retry-After as often as asked, then normally', async () => {
    const text = `${prompt} [[sim: status=429 retry-after=2 times=2]] ${api}`;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { errors } = await run(text, api);
      expect(errors[0]).toMatchObject({ statusCode: 429, isRetryable: true, responseHeaders: { 'retry-after': '2' } });
      expect(lastOutcome()).toBe('fault:status');
    }
    expect((await run(text, api)).finishReason).toBe('tool-calls');
  });

  it('answers 500 once', async () => {
    const text = `${prompt} [[sim: status=500]] ${api}`;
    expect((await run(text, api)).errors[0]).toMatchObject({ statusCode: 500 });
    expect((await run(text, api)).finishReason).toBe('tool-calls');
  });

  it('resets the connection after the given number of deltas, once', async () => {
    const text = `${prompt} [[sim: text=50]] [[sim: cut after=40]] ${api}`;
    const cut = await run(text, api);
    expect(cut.thrown ?? cut.errors[0]).toBeDefined();
    expect(cut.finishReason).toBeUndefined();
    expect(simulator.requests.at(-1)).toMatchObject({ outcome: 'fault:cut', deltas: 40 });
    expect((await run(text, api)).finishReason).toBe('tool-calls');
  });

  it('ends cleanly without completion', async () => {
    const outcome = await run(`${prompt} [[sim: eof after=10]] ${api}`, api);
    expect(outcome.thrown).toBeUndefined();
    expect(['tool-calls', 'stop']).not.toContain(outcome.finishReason);
    expect(lastOutcome()).toBe('fault:eof');
  });

  it('sends an error event in the middle', async () => {
    const outcome = await run(`${prompt} [[sim: text=20]] [[sim: error after=18]] ${api}`, api);
    expect(outcome.types).toContain('error');
    expect(outcome.finishReason).toBe('error');
    expect(lastOutcome()).toBe('fault:error');
  });

  it('falls silent and notices when the client leaves', async () => {
    const controller = new AbortController();
    await run(`${prompt} [[sim: text=90]] [[sim: silent after=80]] ${api}`, api, controller.signal, (count) => {
      if (count === 80) controller.abort();
    });
    await eventually(() => simulator.requests.length > 0);
    expect(simulator.requests.at(-1)).toMatchObject({ outcome: 'fault:silent', deltas: 80 });
  });

  it('notices at once when the client aborts', async () => {
    const controller = new AbortController();
    await run(`${prompt} [[sim: drip ms=20]] [[sim: text=2000]]`, api, controller.signal, () => controller.abort());
    await eventually(() => simulator.requests.length > 0);
    expect(lastOutcome()).toBe('aborted-by-client');
    expect(simulator.requests.at(-1)?.deltas).toBeLessThan(200);
  });

  it('sends broken JSON as tool arguments once', async () => {
    const text = `${prompt} [[sim: malformed-arguments]] ${api}`;
    expect((await run(text, api)).calls[0]).toMatchObject({ name: 'searchNodeTypes', invalid: true });
    expect((await run(text, api)).calls[0]?.invalid).toBe(false);
  });

  it('calls a tool that does not exist', async () => {
    const outcome = await run(`${prompt} [[sim: unknown-tool]] ${api}`, api);
    expect(outcome.calls[0]).toMatchObject({ name: 'launchRocket', invalid: true });
    expect(lastOutcome()).toBe('fault:unknown-tool');
  });

  it('sends numbered text before the usual plan', async () => {
    const outcome = await run(`${prompt} [[sim: text=2000]]`, api);
    expect(outcome.text.startsWith(' #1 #2 #3')).toBe(true);
    expect(outcome.deltas[1999]).toBe(' #2000');
    expect(outcome.finishReason).toBe('tool-calls');
  });

  it('sends more bytes than anybody wants', async () => {
    const outcome = await run(`${prompt} [[sim: oversize bytes=300000 chunk=100000]]`, api);
    expect(outcome.text.length).toBeGreaterThan(300_000);
    expect(outcome.deltas[0]?.length).toBe(100_000);
  });

  it('refuses to answer', async () => {
    const outcome = await run(`${prompt} [[sim: refuse]]`, api);
    expect(outcome.text).toContain('cannot help');
    expect(outcome.calls).toEqual([]);
    expect(lastOutcome()).toBe('fault:refuse');
  });

  it('ends as incomplete when it runs into a length limit', async () => {
    const outcome = await run(`${prompt} [[sim: text=50]] [[sim: length after=45]]`, api);
    expect(outcome.finishReason).toBe('length');
  });

  it('names a title in the words of the prompt, without streaming', async () => {
    const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'any' });
    const { text, usage } = await generateText({
      model: api === 'chat' ? openai.chat('simulator') : openai('simulator'),
      providerOptions: { openai: { store: false, forceReasoning: true } },
      instructions: 'Write a title for the workflow: at most 8 words.',
      prompt: `${prompt} [[sim: status=500]]`,
      maxRetries: 0,
    });
    expect(text).toBe('Every Monday at 8, pull orders from Postgres');
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(simulator.requests.at(-1)).toMatchObject({ purpose: 'title', outcome: 'completed' });
  });
});

describe('the simulator on the wire', () => {
  it('answers the same request with the same bytes, and other seeds with other ids', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(async () => (await post('/v1/responses', responsesBody(prompt))).text()),
    );
    expect(first).toBe(second);
    const other = await startSimulator({ seed: 'other' });
    const third = await fetch(`${other.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: responsesBody(prompt),
    });
    expect(await third.text()).not.toBe(first);
    await other.close();
  });

  it('asks for a key, any key', async () => {
    const refused = await post('/v1/responses', responsesBody(prompt), {});
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { code: 'missing_api_key', type: 'invalid_request_error' } });
    expect((await fetch(`${simulator.baseUrl}/models`)).status).toBe(401);
  });

  it('lists its one model', async () => {
    const models = await fetch(`${simulator.baseUrl}/models`, { headers: { authorization: 'Bearer x' } });
    expect(await models.json()).toMatchObject({ object: 'list', data: [{ id: 'simulator', object: 'model' }] });
  });

  it.each([
    ['no JSON', '/v1/responses', '{"model":'],
    ['no model', '/v1/responses', '{"input":"x"}'],
    ['a strange role', '/v1/chat/completions', '{"model":"simulator","messages":[{"role":"king","content":"x"}]}'],
    ['no messages', '/v1/chat/completions', '{"model":"simulator","messages":[]}'],
    [
      'an unanswered tool call',
      '/v1/responses',
      responsesBody('', {
        input: [
          { role: 'user', content: 'x' },
          { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' },
        ],
      }),
    ],
    [
      'an answer to no call',
      '/v1/responses',
      responsesBody('', {
        input: [
          { role: 'user', content: 'x' },
          { type: 'function_call_output', call_id: 'c', output: '' },
        ],
      }),
    ],
    ['a directive that does not exist', '/v1/responses', responsesBody('x [[sim: explode]]')],
  ])('refuses a request with %s in the format of OpenAI', async (_name, path, body) => {
    const response = await post(path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), type: 'invalid_request_error' },
    });
    expect(lastOutcome()).toBe('rejected:400');
  });

  it('refuses a body above its bound', async () => {
    expect((await post('/v1/responses', responsesBody('x'.repeat(9 * 1024 * 1024)))).status).toBe(413);
  });

  it('refuses other addresses and methods', async () => {
    expect((await post('/v1/embeddings', '{}')).status).toBe(404);
    const response = await fetch(`${simulator.baseUrl}/responses`, { headers: { authorization: 'Bearer x' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('keeps to its tempo', async () => {
    const started = Date.now();
    await run(`${prompt} [[sim: tps=100]] [[sim: text=30]]`, 'chat');
    expect(Date.now() - started).toBeGreaterThan(300);
  });

  it('restricts a fault to one model call of the run', async () => {
    expect((await run(`${prompt} [[sim: status=500 call=2]]`)).finishReason).toBe('tool-calls');
  });

  it('lists and forgets its requests, and writes them to the file', async () => {
    await run(prompt);
    const listed = (await (await fetch(`${simulator.url}/simulator/requests`)).json()) as { requests: unknown[] };
    expect(listed.requests).toHaveLength(1);
    expect(listed.requests[0]).toMatchObject({
      path: '/v1/responses',
      model: 'simulator',
      prompt,
      outcome: 'completed',
    });
    expect((listed.requests[0] as { toolCalls: unknown[] }).toolCalls[0]).toMatchObject({ name: 'searchNodeTypes' });
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual(listed.requests[0]);
    await fetch(`${simulator.url}/simulator/requests`, { method: 'DELETE' });
    expect(simulator.requests).toEqual([]);
  });
});

describe('who may call', () => {
  /** The status of a request with these headers, as a browser or its page would set them. */
  function ask(headers: Record<string, string>, path = '/simulator/requests', port = simulator.port): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = get({ host: '127.0.0.1', port, path, headers, setHost: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    return promise;
  }

  it('is nobody under a foreign name, and no page of another site', async () => {
    const own = `127.0.0.1:${simulator.port}`;
    expect(await ask({ host: own })).toBe(200);
    expect(await ask({ host: own, origin: `http://${own}` })).toBe(200);
    expect(await ask({ host: `evil.example:${simulator.port}` })).toBe(421);
    expect(await ask({ host: 'simulator:4010' }, '/v1/models')).toBe(421);
    expect(await ask({ host: 'evil.example' }, '/airline/flights')).toBe(421);
    expect(await ask({ host: own, origin: 'http://evil.example' })).toBe(403);
    expect(await ask({ host: own, origin: 'null' }, '/airline/flights')).toBe(403);
  });

  it('is who uses a name that the settings allow', async () => {
    const named = await startSimulator({ names: ['simulator:4010'] });
    expect(await ask({ host: 'simulator:4010', authorization: 'Bearer any' }, '/v1/models', named.port)).toBe(200);
    expect(await ask({ host: 'other:4010' }, '/v1/models', named.port)).toBe(421);
    await named.close();
  });

  it('harms nobody with an address that is none', async () => {
    expect(await ask({ host: 'localhost' }, '//')).toBe(400);
    expect(await ask({ host: 'localhost' })).toBe(200);
  });
});
