/**
 * Inspects a running Node process from outside: garbage collection, heap size, CPU profiles. The process opens its
 * inspector only on SIGUSR1, so it costs nothing before.
 */
import { WebSocket } from 'ws';
import type { ManagedProcess } from '../test/support/managed-process.ts';
import { until } from '../test/support/until.ts';

/** Environment for a process to be inspected: any free port instead of the single default port. */
export const inspectorEnvironment = { NODE_OPTIONS: '--inspect-port=0' };

export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

export class NodeInspector {
  private readonly socket: WebSocket;
  private nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    // One listener per call in progress.
    socket.setMaxListeners(0);
  }

  static async attach(target: ManagedProcess): Promise<NodeInspector> {
    target.signal('SIGUSR1');
    const address = await until(
      () => /Debugger listening on (ws:\/\/\S+)/.exec(target.output)?.[1],
      'the inspector of the process listens',
    );
    const socket = new WebSocket(address, { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new NodeInspector(socket);
  }

  /** Bytes of live objects, inside and outside the JavaScript heap. */
  async liveBytes(): Promise<number> {
    await this.collectGarbage();
    const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
    const { result } = await this.call<{ result: { value: number } }>('Runtime.evaluate', { expression });
    return result.value;
  }

  /** The total number of listeners on all live event emitters of the process. */
  async listeners(): Promise<number> {
    await this.collectGarbage();
    const expression = "process.getBuiltinModule('node:events').prototype";
    const prototype = await this.call<{ result: { objectId: string } }>('Runtime.evaluate', { expression });
    const { objects } = await this.call<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId: prototype.result.objectId,
      objectGroup: 'emitters',
    });
    const { result } = await this.call<{ result: { value: number } }>('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: `function () {
        const count = (emitter) => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
        return this.filter((emitter) => Object.hasOwn(emitter, '_events')).reduce((sum, emitter) => sum + count(emitter), 0);
      }`,
      returnByValue: true,
    });
    await this.call('Runtime.releaseObjectGroup', { objectGroup: 'emitters' });
    return result.value;
  }

  /** The CPU profile of the process while `work` runs. */
  async profile(work: () => Promise<void>): Promise<CpuProfile> {
    await this.call('Profiler.enable');
    await this.call('Profiler.setSamplingInterval', { interval: 250 });
    await this.call('Profiler.start');
    await work();
    return (await this.call<{ profile: CpuProfile }>('Profiler.stop')).profile;
  }

  close(): void {
    this.socket.close();
  }

  private async collectGarbage(): Promise<void> {
    for (let round = 0; round < 3; round += 1) await this.call('HeapProfiler.collectGarbage');
  }

  private call<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const onMessage = (data: Buffer): void => {
        const reply = JSON.parse(String(data)) as { id?: number; result?: T; error?: { message: string } };
        if (reply.id !== id) return;
        this.socket.off('message', onMessage);
        if (reply.error) reject(new Error(`${method}: ${reply.error.message}`));
        else resolve(reply.result as T);
      };
      this.socket.on('message', onMessage);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
