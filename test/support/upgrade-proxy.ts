/** An HTTP proxy as in some networks: it passes requests, and refuses or swallows upgrades to WebSocket. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

export class UpgradeProxy {
  upgrades: 'pass' | 'refuse' | 'swallow' = 'pass';
  requests: 'pass' | 'swallow' = 'pass';
  /** How many connections were left without an answer. */
  swallowed = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private readonly targetPort: number;

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer((near) => this.connect(near));
  }

  static async before(port: number): Promise<UpgradeProxy> {
    const proxy = new UpgradeProxy(port);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends every connection; new ones are handled according to the settings. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(near: Socket): void {
    const far = createConnection({ host: '127.0.0.1', port: this.targetPort });
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    let isCounted = false;
    near.on('data', (bytes) => {
      const isUpgrade = /^upgrade: websocket/im.test(bytes.toString('latin1'));
      const how = isUpgrade ? this.upgrades : this.requests;
      if (how === 'pass') far.write(bytes);
      else if (how === 'refuse') near.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else {
        if (!isCounted) this.swallowed++;
        isCounted = true;
      }
    });
  }
}
