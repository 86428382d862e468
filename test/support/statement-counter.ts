/**
 * A proxy for Postgres that counts statements and the bytes of answers, and passes everything on unchanged. Source: the
 * manual of Postgres, "Frontend/Backend Protocol", without TLS.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** `Q` is a simple query, `E` the execution of a prepared one. */
const counted = new Set(['Q', 'E']);

export class StatementCounter {
  statements = 0;
  answeredBytes = 0;
  private readonly server: Server;
  private readonly target: URL;
  private readonly sockets = new Set<Socket>();

  private constructor(databaseUrl: string) {
    this.target = new URL(databaseUrl);
    this.server = createServer((near) => this.connect(near));
  }

  static async before(databaseUrl: string): Promise<StatementCounter> {
    const counter = new StatementCounter(databaseUrl);
    counter.server.listen(0, '127.0.0.1');
    await once(counter.server, 'listening');
    return counter;
  }

  /** The database URL through this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(near: Socket): void {
    const far = createConnection({ host: this.target.hostname, port: Number(this.target.port) });
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    let rest = Buffer.alloc(0);
    let started = false;
    near.on('data', (bytes) => {
      far.write(bytes);
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        // The first message has no type byte.
        const head = started ? 1 : 0;
        if (rest.length < head + 4) return;
        const length = head + rest.readInt32BE(head);
        if (rest.length < length) return;
        if (started && counted.has(rest.toString('latin1', 0, 1))) this.statements++;
        started = true;
        rest = rest.subarray(length);
      }
    });
    far.on('data', (bytes) => {
      this.answeredBytes += bytes.length;
    });
    far.pipe(near);
  }
}
