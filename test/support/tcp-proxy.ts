/** A TCP proxy that a suite can cut, stall and mend. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../tools/services/ports.ts';

type State = 'passing' | 'stalled' | 'cut';

interface Pair {
  near: Socket;
  far: Socket;
  /** Data received from either side while the link was stalled. */
  held: { bytes: Buffer; from: Socket; to: Socket }[];
  /** Stalled permanently: data sent into it is lost. */
  lost: boolean;
}

export class TcpProxy {
  private readonly server: Server;
  private readonly targetPort: number;
  private readonly pairs = new Set<Pair>();
  private state: State = 'passing';
  private refusesOnce = false;
  private lostReply: { marker: string; lost: () => void } | null = null;
  private stallingReply: { marker: string; stalled: () => void } | null = null;

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer((near) => this.connect(near));
  }

  /** A link to a port of this machine. */
  static async to(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    // Not a port chosen by the system, which may be promised to a process that does not listen yet.
    proxy.server.listen(await freePort(), '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The number of open connections through this link. */
  get connections(): number {
    return this.pairs.size;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The same address, through this link. */
  through(address: string): string {
    const url = new URL(address);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href.replace(/\/$/, address.endsWith('/') ? '/' : '');
  }

  /** Resets every connection, and every new one until `mend`. */
  cut(): void {
    this.state = 'cut';
    for (const pair of this.pairs) this.drop(pair);
  }

  /** Resets every connection and the next new one, then mends itself, so that no suite can be too slow to mend it. */
  cutAndRefuseOnce(): void {
    this.cut();
    this.refusesOnce = true;
  }

  /** Resets every connection; new ones pass. */
  cutOnce(): void {
    for (const pair of this.pairs) this.drop(pair);
  }

  /** Connections stay open and accept data, but nothing is delivered any more. A closed side is noticed. */
  stall(): void {
    this.state = 'stalled';
    for (const { far } of this.pairs) far.pause();
  }

  mend(): void {
    this.state = 'passing';
    this.refusesOnce = false;
    for (const { far, held, lost } of this.pairs) {
      if (lost) continue;
      for (const { bytes, from, to } of held.splice(0)) this.forward(bytes, from, to);
      far.resume();
    }
  }

  /** For a stalled link: existing connections stay stalled for good; new ones pass. */
  mendForNewOnly(): void {
    for (const pair of this.pairs) pair.lost = true;
    this.mend();
  }

  /** Stalls at the next reply containing `marker`, which is not delivered before `mend`. Resolves when it has happened. */
  stallAtReplyWith(marker: string): Promise<void> {
    return new Promise((resolve) => {
      this.stallingReply = { marker, stalled: resolve };
    });
  }

  /** Resets the connection at the next reply containing `marker`. Resolves when it has happened. */
  loseReplyWith(marker: string): Promise<void> {
    return new Promise((resolve) => {
      this.lostReply = { marker, lost: resolve };
    });
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(near: Socket): void {
    const far = createConnection({ host: '127.0.0.1', port: this.targetPort });
    const pair: Pair = { near, far, held: [], lost: false };
    this.pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      // A reset on one side is passed on to the other.
      socket.on('error', () => this.drop(pair));
      socket.on('close', () => this.drop(pair));
    }
    near.on('data', (bytes) => this.pass(pair, { bytes, from: near, to: far }));
    far.on('data', (bytes) => {
      if (this.lostReply && bytes.includes(this.lostReply.marker)) {
        this.lostReply.lost();
        this.lostReply = null;
        this.drop(pair);
        return;
      }
      if (this.stallingReply && bytes.includes(this.stallingReply.marker)) {
        const { stalled } = this.stallingReply;
        this.stallingReply = null;
        this.stall();
        stalled();
      }
      this.pass(pair, { bytes, from: far, to: near });
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
    if (this.state === 'cut') {
      this.drop(pair);
      if (this.refusesOnce) this.mend();
    }
    if (this.state === 'stalled') far.pause();
  }

  private pass(pair: Pair, sent: Pair['held'][number]): void {
    if (this.state === 'stalled' || pair.lost) pair.held.push(sent);
    else this.forward(sent.bytes, sent.from, sent.to);
  }

  private forward(bytes: Buffer, from: Socket, to: Socket): void {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => this.state !== 'stalled' && from.resume());
  }

  private drop(pair: Pair): void {
    this.pairs.delete(pair);
    for (const socket of [pair.near, pair.far]) {
      if (socket.destroyed) continue;
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}
