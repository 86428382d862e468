/**
 * Finds model servers on this machine (Ollama, LM Studio) and explains how to use one in a single line. Nothing is used
 * unasked.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface LocalServer {
  name: string;
  /** With OpenAI's protocol. */
  baseUrl: string;
}

/** A running server, with the name of a model that can be used at once, if it has one. */
export interface FoundServer extends LocalServer {
  model: string | null;
}

export const localServers: readonly LocalServer[] = [
  { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
];

const PATIENCE_MS = 1_000;
const MAX_ANSWER_BYTES = 256 * 1024;
/** A name that is safe to show and to paste into a shell. */
const MODEL_NAME = /^[\w.:/@-]{1,100}$/;
/** Models that do not generate text. */
const NO_ANSWERS = /embed|rerank|whisper|tts/i;

/** The first server that answers, or `null`. Never rejects and never takes long. */
export async function findLocalServer(servers: readonly LocalServer[] = localServers): Promise<FoundServer | null> {
  const found = await Promise.all(servers.map(look));
  return found.find((server) => server !== null) ?? null;
}

async function look(server: LocalServer): Promise<FoundServer | null> {
  const stop = new AbortController();
  try {
    return await Promise.race([ask(server, stop.signal), delay(PATIENCE_MS, null, { signal: stop.signal })]);
  } catch {
    // Nothing listens there, or it is not a model server.
    return null;
  } finally {
    stop.abort();
  }
}

async function ask(server: LocalServer, signal: AbortSignal): Promise<FoundServer | null> {
  const response = await fetch(`${server.baseUrl}/models`, { signal, redirect: 'error' });
  if (!response.ok || response.body === null) return null;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.byteLength;
    if (bytes > MAX_ANSWER_BYTES) return null;
    pieces.push(piece);
  }
  const { data } = JSON.parse(Buffer.concat(pieces).toString()) as { data?: unknown };
  if (!Array.isArray(data)) return null;
  const names = data.flatMap(({ id }: { id?: unknown }) => (typeof id === 'string' && MODEL_NAME.test(id) ? [id] : []));
  return { ...server, model: names.find((name) => !NO_ANSWERS.test(name)) ?? null };
}

/** How to use it, in one line. */
export function howToUse({ name, baseUrl, model }: FoundServer): string {
  return `${name} runs on this machine. To use it:  OPENAI_BASE_URL=${baseUrl} HOLDFAST_MODEL=${model ?? '<a model of it>'} npm start`;
}
