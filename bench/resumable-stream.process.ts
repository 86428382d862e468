/**
 * `resumable-stream` behind HTTP as its README shows it. The stream's source lives in this process, as in the request
 * handler that runs a generation.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { Redis } from 'ioredis';
import { atRate, plainChunk, timedChunk } from './chunk-source.ts';
import { answerCalls } from './forked-process.ts';
import { loadPeer, type ResumableStreamContext, type ResumableStreamPackage } from './peers/peer-packages.ts';

let context: ResumableStreamContext;
const sources = new Map<string, ReadableStreamDefaultController<string>>();

const toSse = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;

async function create(id: string): Promise<void> {
  const own = await context.createNewResumableStream(
    id,
    () => new ReadableStream<string>({ start: (controller) => void sources.set(id, controller) }),
  );
  // The response to the first request, which must be read.
  void own?.pipeTo(new WritableStream());
}

function sourceOf(id: string): ReadableStreamDefaultController<string> {
  const source = sources.get(id);
  if (!source) throw new Error(`There is no stream ${id}`);
  return source;
}

answerCalls({
  start: async (redisUrl: string): Promise<string> => {
    const peer = await loadPeer<ResumableStreamPackage>('resumable-stream/ioredis');
    context = peer.createResumableStreamContext({
      waitUntil: null,
      publisher: new Redis(redisUrl),
      subscriber: new Redis(redisUrl),
    });
    const server = createServer(async (request, response) => {
      const stream = await context.resumeExistingStream((request.url ?? '').slice(1));
      if (!stream) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      pipeline(Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]), response, () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  create,
  fill: async ({ id, count }: { id: string; count: number }): Promise<void> => {
    await create(id);
    const source = sourceOf(id);
    for (let index = 1; index <= count; index += 1) source.enqueue(toSse(plainChunk(index)));
  },
  produce: async ({ id, perSecond, seconds }: { id: string; perSecond: number; seconds: number }): Promise<void> => {
    const source = sourceOf(id);
    await atRate(perSecond, seconds, () => source.enqueue(toSse(timedChunk())));
  },
});
