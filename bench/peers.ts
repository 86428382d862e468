/** The servers that Holdfast is compared with, each in a separate process, and how they are filled. */
import { Agent, request } from 'node:http';
import type { UIMessageChunk } from '#libs/contracts';
import { CHUNKS_PER_ENTRY, plainChunk } from './chunk-source.ts';
import { ForkedProcess } from './forked-process.ts';

export class DurableStreams {
  private process = new ForkedProcess('durable-streams.process.ts');
  private url = '';
  /** One connection: appends arrive in the order in which they were sent. */
  private agent = new Agent({ keepAlive: true, maxSockets: 1 });

  get pid(): number {
    return this.process.pid;
  }

  async start(): Promise<this> {
    this.url = await this.process.call<string>('start');
    return this;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await this.process.kill();
  }

  /** Restarts with empty state, so that queued work does not affect the next measurement. */
  async restart(): Promise<void> {
    await this.stop();
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.process = new ForkedProcess('durable-streams.process.ts');
    await this.start();
  }

  /** URL that returns everything stored. */
  readUrl(id: string): string {
    return `${this.url}/${id}?offset=-1`;
  }

  /** URL that follows new messages. */
  followUrl(id: string): string {
    return `${this.url}/${id}?offset=-1&live=sse`;
  }

  create(id: string): Promise<void> {
    return this.send('PUT', id, '');
  }

  /** One POST of a JSON array, which the server stores as separate messages. */
  append(id: string, chunks: UIMessageChunk[]): Promise<void> {
    return this.send('POST', id, JSON.stringify(chunks));
  }

  async fill(id: string, count: number, perPost = CHUNKS_PER_ENTRY): Promise<void> {
    await this.create(id);
    for (let from = 0; from < count; from += perPost) {
      const length = Math.min(perPost, count - from);
      await this.append(
        id,
        Array.from({ length }, (_, at) => plainChunk(from + at + 1)),
      );
    }
  }

  private send(method: string, id: string, body: string): Promise<void> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}/${id}`, { method, headers, agent: this.agent }, (response) => {
        response.resume().once('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve();
          else reject(new Error(`${method} ${id} was answered ${response.statusCode}`));
        });
      });
      sent.once('error', reject).end(body);
    });
  }
}

export class ResumableStreams {
  private readonly process = new ForkedProcess('resumable-stream.process.ts');
  private url = '';

  get pid(): number {
    return this.process.pid;
  }

  stop(): Promise<void> {
    return this.process.kill();
  }

  async start(redisUrl: string): Promise<this> {
    this.url = await this.process.call<string>('start', redisUrl);
    return this;
  }

  readUrl(id: string): string {
    return `${this.url}/${id}`;
  }

  create(id: string): Promise<void> {
    return this.process.call('create', id);
  }

  fill(id: string, count: number): Promise<void> {
    return this.process.call('fill', { id, count });
  }

  produce(id: string, perSecond: number, seconds: number): Promise<void> {
    return this.process.call('produce', { id, perSecond, seconds });
  }
}
