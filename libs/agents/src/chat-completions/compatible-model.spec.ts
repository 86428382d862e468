import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Output, streamText } from 'ai';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCompatibleModel } from './compatible-model.js';

interface Asked {
  response_format?: { type: string };
  messages: { role: string; content: string }[];
}

let stop: () => void = () => undefined;
afterEach(() => stop());

/** A server that answers `{"next":"write"}`, and answers requests with a response format with `refusal`. */
async function serverThatRefuses(refusal: string): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const body = JSON.parse(text) as Asked;
    asked.push(body);
    if (body.response_format) {
      response.writeHead(400, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ error: { message: refusal } }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = { choices: [{ index: 0, delta: { content: '{"next":"write"}' }, finish_reason: 'stop' }] };
    return response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  stop = () => server.close();
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

function ask(baseUrl: string, system?: string) {
  const errors: unknown[] = [];
  const { text } = streamText({
    model: createCompatibleModel({ baseUrl, apiKey: '', fetch }, 'some'),
    ...(system && { instructions: system }),
    prompt: 'What next?',
    output: Output.object({ schema: z.object({ next: z.string() }) }),
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  return { text, errors };
}

describe('a compatible server that refuses to be told the form of an answer', () => {
  it.each([['You decide.'], [undefined]])('is told it in words, instructed before with %s', async (system) => {
    const { baseUrl, asked } = await serverThatRefuses('This response_format type is unavailable now');
    expect(await ask(baseUrl, system).text).toBe('{"next":"write"}');
    expect(asked.map(({ response_format }) => response_format?.type)).toEqual(['json_schema', undefined]);
    const [first, ...others] = asked[1]?.messages ?? [];
    expect(first?.role).toBe('system');
    expect(first?.content).toContain('"next":{"type":"string"}');
    expect(first?.content.startsWith(system ?? 'Answer with JSON alone')).toBe(true);
    expect(others.map(({ role }) => role)).toEqual(['user']);
  });

  it('is not asked twice when it refuses for another reason', async () => {
    const { baseUrl, asked } = await serverThatRefuses('The model does not exist');
    const { text, errors } = ask(baseUrl);
    await expect(text).rejects.toThrow();
    expect(errors).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });
});
