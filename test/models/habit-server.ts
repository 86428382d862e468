/**
 * A model server with habits: speaks Chat Completions in the way that the last prompt names, `[[habit: NAME]]`. Owns the
 * HTTP; what is sent stands in `wire-habits.ts`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { chunk, inPieces } from './chat-wire.ts';
import type { Habit, RequestBody, WireAnswer } from './wire-habits.ts';

export interface HabitRequest {
  habit: string;
  /** Whether it asks for a title and no more. */
  isTitle: boolean;
  /** 0 for the first answer to the prompt. */
  round: number;
  body: RequestBody;
  refusal: string | null;
}

export interface HabitServer {
  baseUrl: string;
  requests: HabitRequest[];
  stop(): Promise<void>;
}

const usual = { text: 'Nothing to do.', calls: [] };

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

async function send(response: ServerResponse, answer: WireAnswer): Promise<void> {
  if (answer.body !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer.body);
    return;
  }
  const { lineEnd = '\n', comment, bytes, pause, gapMs, hangs = false, done = true } = answer;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (text: string) => {
    const all = Buffer.from(text);
    const size = bytes ?? all.length;
    for (let at = 0; at < all.length; at += size) response.write(all.subarray(at, at + size));
  };
  for (const [at, one] of (answer.chunks ?? []).entries()) {
    if (pause?.before === at) await comments(response, pause.ms);
    if (response.destroyed) return;
    if (comment !== undefined) write(`${comment}${lineEnd}${lineEnd}`);
    write(`data: ${JSON.stringify(one)}${lineEnd}${lineEnd}`);
    if (gapMs !== undefined) await delay(gapMs);
  }
  if (hangs) return;
  if (done) write(`data: [DONE]${lineEnd}${lineEnd}`);
  response.end();
}

async function comments(response: ServerResponse, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !response.destroyed; await delay(200)) {
    response.write(': keep-alive\n\n');
  }
}

export async function startHabitServer(habits: readonly Habit[]): Promise<HabitServer> {
  const byName = new Map(habits.map((habit) => [habit.name, habit]));
  const requests: HabitRequest[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await bodyOf(request);
    const body = JSON.parse(raw) as RequestBody;
    const at = body.messages.findLastIndex(
      ({ role, content }) => role === 'user' && textOf(content).includes('[[habit:'),
    );
    const name = /\[\[habit: ([\w-]+)\]\]/.exec(textOf(body.messages[at]?.content))?.[1] ?? 'none';
    const round = body.messages.slice(at + 1).filter(({ role }) => role === 'assistant').length;
    const habit = byName.get(name);
    const isTitle = body.tools === undefined;
    const refusal = habit?.refuses?.(body, raw) ?? null;
    requests.push({ habit: name, isTitle, round, body, refusal });
    if (refusal !== null) {
      const error = { message: refusal, type: 'invalid_request_error' };
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return;
    }
    const callId = (call: number) => `call_${round}_${call}`;
    if (isTitle) return send(response, { chunks: [chunk({ content: 'A title' }), chunk({}, 'stop')] });
    await send(response, habit?.answer({ round, callId }) ?? { chunks: inPieces(usual, callId) });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
