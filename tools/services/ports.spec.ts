import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, listenError, portHolder } from './ports.ts';

let server: Server | undefined;

describe('ports', () => {
  afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

  it('tells a free port from a taken one, and who holds it', async () => {
    const port = await freePort();
    expect(await listenError(port, '127.0.0.1')).toBeUndefined();
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    expect(await listenError(port, '127.0.0.1')).toBe('EADDRINUSE');
    if (process.platform === 'linux') expect(portHolder(port)).toContain(`process ${process.pid}`);
  });
});
