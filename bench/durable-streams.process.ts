/** `@durable-streams/server` as its README starts it, in memory: its fastest mode. */
import { answerCalls } from './forked-process.ts';
import { type DurableStreamsPackage, loadPeer } from './peers/peer-packages.ts';

answerCalls({
  start: async (): Promise<string> => {
    const { DurableStreamTestServer } = await loadPeer<DurableStreamsPackage>('@durable-streams/server');
    return new DurableStreamTestServer({ port: 0, host: '127.0.0.1' }).start();
  },
});
