import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppendableEvent,
  type Cursor,
  limits,
  type MessageId,
  newId,
  type RunId,
  type StatusEvent,
  type StreamEvent,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import { FencedError, OutputLimitError, StreamLostError } from '../src/errors.js';
import type { EpochGrants, RunEnd, WorkflowStreamWriter } from '../src/ports/workflow-stream.port.js';

/** A writer, and what is seen of its logs beside the port. */
export interface WorkflowStreamFixture {
  writer: WorkflowStreamWriter;
  /** Another writer on the same logs, which asks for an epoch beyond a log that is ahead. */
  writerWith(grants: EpochGrants): WorkflowStreamWriter;
  /** The log, oldest first; empty when there is none. */
  entries(workflowId: WorkflowId): Promise<readonly { cursor: Cursor; events: readonly StreamEvent[] }[]>;
  /** Whether the log will be forgotten after its retention. */
  expires(workflowId: WorkflowId): Promise<boolean>;
  /** Loses the log, as an emptied Redis does. */
  lose(workflowId: WorkflowId): Promise<void>;
  close(): Promise<void>;
}

const ended: StatusEvent = {
  type: 'status',
  runId: 'run_1' as RunId,
  status: 'IDLE',
  runStatus: 'SUCCEEDED',
  error: null,
  terminal: true,
  at: '2026-01-01T00:00:00.000Z',
};

function said(...deltas: string[]): AppendableEvent {
  const chunks = deltas.map((delta): UIMessageChunk => ({ type: 'text-delta', id: 't', delta }));
  return { type: 'chunks', messageId: 'msg_1' as MessageId, runId: 'run_1' as RunId, chunks };
}

function endOf(runId: string, epoch: number): RunEnd {
  return { runId: runId as RunId, epoch, events: [{ ...ended, runId: runId as RunId }] };
}

/** What events say, however they were joined on their way. */
function deltasOf(events: readonly StreamEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'chunks' ? event.chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')) : [],
  );
}

/** What every stream writer has to keep. To be called in a spec of each adapter. */
export function workflowStreamSuite(connect: () => Promise<WorkflowStreamFixture>): void {
  let fixture: WorkflowStreamFixture;
  let workflowId: WorkflowId;

  beforeAll(async () => {
    fixture = await connect();
  });
  beforeEach(() => {
    workflowId = newId('workflow');
  });
  afterAll(() => fixture?.close());

  function open(epoch: number, ends: readonly RunEnd[] = []) {
    return fixture.writer.open({ workflowId, epoch, reason: 'RUN_STARTED', ends });
  }

  async function cursors(): Promise<Cursor[]> {
    return (await fixture.entries(workflowId)).map(({ cursor }) => cursor);
  }

  describe('the index of a chunk', () => {
    const granted = (epoch: number) => ({ workflowId, epoch, reason: 'TAKEOVER', ends: [] }) as const;

    async function indexes(): Promise<(number | undefined)[]> {
      const events = (await fixture.entries(workflowId)).flatMap((entry) => entry.events);
      return events.flatMap((event) => (event.type === 'chunks' ? [event.index] : []));
    }

    it('follows that of the one before it, also when an attempt goes on with what only the log knows', async () => {
      const first = await fixture.writer.open({ ...granted(1), reason: 'RUN_STARTED', nextIndex: 1 });
      expect(first.nextIndex).toBe(1);
      await first.append([said('a', 'b')]);
      await first.append([{ ...ended, error: null, runStatus: 'RUNNING', terminal: false }, said('c')]);
      expect(first.nextIndex).toBe(4);
      // Another epoch may be opened in between, for a wait.
      await fixture.writer.open(granted(2));
      const next = await fixture.writer.open({ ...granted(3), nextIndex: 2 });
      expect(next.nextIndex).toBe(4);
      await next.append([said('d')]);
      expect(await indexes()).toEqual([1, 3, 4]);
    });

    it('is not spent on what is refused', async () => {
      const epoch = await fixture.writer.open({ ...granted(1), reason: 'RUN_STARTED', nextIndex: 1 });
      const tooLarge = 'x'.repeat(limits.chunkBytes);
      await expect(epoch.append([said('a', tooLarge)])).rejects.toThrow(OutputLimitError);
      await epoch.finish([said('b')]);
      expect(await indexes()).toEqual([1]);
    });

    it('goes on after a gap where the log cannot tell what was sent', async () => {
      const beyond = limits.attemptChunks;
      const first = await fixture.writer.open({ ...granted(1), reason: 'RUN_STARTED', nextIndex: 1 });
      await first.append([said('a', 'b', 'c')]);
      await fixture.lose(workflowId);
      await fixture.writer.open(granted(2));
      const second = await fixture.writer.open({ ...granted(3), nextIndex: 2 });
      expect(second.nextIndex).toBe(2 + beyond);
      // The log has lost its newest entries if the store knows more chunks.
      await second.append([said('d')]);
      const third = await fixture.writer.open({ ...granted(4), nextIndex: 9 + beyond });
      expect(third.nextIndex).toBe(9 + 2 * beyond);
    });

    it('goes on after a gap where the log of another history was replaced, also at a first attempt', async () => {
      const beyond = limits.attemptChunks;
      const writer = fixture.writerWith({ grantBeyond: async (_granted, ahead) => ahead + 1 });
      const first = await fixture.writer.open({ ...granted(3), reason: 'RUN_STARTED', nextIndex: 1 });
      await first.append([said('a', 'b', 'c')]);
      const restored = { ...granted(2), reason: 'RUN_STARTED', nextIndex: 1 } as const;
      expect((await writer.open(restored)).nextIndex).toBe(1 + beyond);
      // Whatever ended before, this run may have sent chunks.
      const other = await writer.open({ ...restored, ends: [endOf('run_0', 1)] });
      expect(other.nextIndex).toBe(1 + beyond);
    });

    it('goes on where the store says once the log holds the end of the run', async () => {
      const first = await fixture.writer.open({ ...granted(1), reason: 'RUN_STARTED', nextIndex: 1 });
      await first.append([said('a', 'b', 'c')]);
      await first.close([ended]);
      expect((await fixture.writer.open({ ...granted(2), nextIndex: 4 })).nextIndex).toBe(4);
      const other = await fixture.writer.open({ ...granted(3), nextIndex: 1, ends: [endOf('run_1', 2)] });
      expect(other.nextIndex).toBe(1);
    });
  });

  describe('opening an epoch', () => {
    it('creates the stream with a resync marker at epoch-0', async () => {
      const epoch = await open(7);
      expect(epoch.cursor).toBe('7-0');
      expect(await fixture.entries(workflowId)).toEqual([
        { cursor: '7-0', events: [{ type: 'resync-marker', reason: 'RUN_STARTED' }] },
      ]);
    });

    it('answers a repeated open as done while nothing was appended, and fences it afterwards', async () => {
      await open(1);
      const again = await open(1);
      expect(await cursors()).toEqual(['1-0']);
      await again.append([said('a')]);
      await expect(open(1)).rejects.toBeInstanceOf(FencedError);
    });

    it('is fenced by a later epoch', async () => {
      await open(3);
      await expect(open(2)).rejects.toBeInstanceOf(FencedError);
      await expect(
        fixture.writer.openAndClose({ workflowId, epoch: 2, reason: 'TAKEOVER', ends: [endOf('run_1', 1)] }),
      ).rejects.toBeInstanceOf(FencedError);
      expect(await cursors()).toEqual(['3-0']);
    });

    it('replaces a log that is ahead of what was ever granted, under an epoch beyond it', async () => {
      await (await open(7)).close([ended]);
      const asked: unknown[] = [];
      const writer = fixture.writerWith({
        grantBeyond: async (granted, ahead) => {
          asked.push({ ...granted, ahead });
          return granted.epoch === 3 ? ahead + 1 : null;
        },
      });
      const granted = { workflowId, reason: 'TAKEOVER', ends: [endOf('run_1', 2)] } as const;
      const opened = await writer.open({ ...granted, epoch: 3 });
      expect(asked).toEqual([{ workflowId, epoch: 3, ahead: 7 }]);
      expect(opened.cursor).toBe('8-0');
      await opened.append([said('a')]);
      expect(await cursors()).toEqual(['8-0', '8-1']);
      expect((await fixture.entries(workflowId))[0]?.events).toMatchObject([{}, { runId: 'run_1', terminal: true }]);
      // Somebody whose epoch is not the latest any more is fenced as ever, and changes nothing.
      await expect(writer.openAndClose({ ...granted, epoch: 4 })).rejects.toThrow(FencedError);
      expect(await cursors()).toEqual(['8-0', '8-1']);
    });

    it('keeps a log that was about to expire', async () => {
      await (await open(1)).close([ended]);
      expect(await fixture.expires(workflowId)).toBe(true);
      await open(2);
      expect(await fixture.expires(workflowId)).toBe(false);
      expect(await cursors()).toEqual(['1-0', '1-1', '2-0']);
    });

    it('tells ends beside the marker, each once, in the order in which the runs ended', async () => {
      const [first, second] = [endOf('run_1', 1), endOf('run_2', 3)];
      await open(2, [first]);
      await open(4, [first, second]);
      const told = (await fixture.entries(workflowId)).map(({ events }) => events.slice(1));
      expect(told).toEqual([first.events, second.events]);
    });

    it('does not tell an end again that a run has told itself', async () => {
      await (await open(1)).close([ended]);
      await open(2, [endOf('run_1', 1)]);
      expect((await fixture.entries(workflowId)).at(-1)?.events).toHaveLength(1);
    });

    it('ends the log at the same moment where an epoch is opened for an end, also when asked again', async () => {
      const granted = { workflowId, epoch: 2, reason: 'TAKEOVER', ends: [endOf('run_1', 1)] } as const;
      await fixture.writer.openAndClose(granted);
      await fixture.writer.openAndClose(granted);
      expect(await cursors()).toEqual(['2-0']);
      expect(await fixture.expires(workflowId)).toBe(true);
    });

    it('carries on the count of what a run wrote until its end is told', async () => {
      const large = said('a'.repeat(limits.chunkBytes - 100));
      const fill = async (epoch: number, ends: RunEnd[]) => {
        const writer = await open(epoch, ends);
        for (let written = 0; written + limits.chunkBytes < limits.runBytes; written += limits.chunkBytes) {
          await writer.append([large]);
        }
      };
      await fill(1, []);
      const second = await open(2);
      await second.append([said('a')]);
      await expect(second.append([large])).rejects.toBeInstanceOf(OutputLimitError);
      expect(await second.close([ended])).toBe('2-2');
      await fill(3, []);
      // Here the opening itself tells the end.
      await (await open(4, [endOf('run_2', 3)])).append([large]);
    });
  });

  describe('appending', () => {
    it('is fenced once a later epoch is open, and stays so', async () => {
      const old = await open(1);
      await old.append([said('a')]);
      await open(2);
      await expect(old.append([said('b')])).rejects.toBeInstanceOf(FencedError);
      await expect(old.append([said('c')])).rejects.toBeInstanceOf(FencedError);
      await expect(old.flush()).rejects.toBeInstanceOf(FencedError);
      expect(await cursors()).toEqual(['1-0', '1-1', '2-0']);
    });

    it('creates nothing after the stream was lost', async () => {
      const epoch = await open(1);
      await epoch.append([said('a')]);
      await fixture.lose(workflowId);
      await expect(epoch.append([said('b')])).rejects.toBeInstanceOf(StreamLostError);
      await expect(epoch.close([ended])).rejects.toBeInstanceOf(StreamLostError);
      expect(await cursors()).toEqual([]);
    });

    it('lets what is appended together leave together, and so what is appended meanwhile', async () => {
      const told: [Cursor, string[]][] = [];
      const onAppended = (cursor: Cursor, events: readonly AppendableEvent[]) =>
        void told.push([cursor, deltasOf(events)]);
      const epoch = await fixture.writer.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [], onAppended });
      const first = ['a', 'b'].map((delta) => epoch.append([said(delta)]));
      await null;
      const meanwhile = ['c', 'd'].map((delta) => epoch.append([said(delta)]));
      expect(await Promise.all([...first, ...meanwhile])).toEqual(['1-1', '1-1', '1-2', '1-2']);
      expect(told).toEqual([
        ['1-1', ['a', 'b']],
        ['1-2', ['c', 'd']],
      ]);
      expect((await fixture.entries(workflowId)).map(({ events }) => deltasOf(events))).toEqual([
        [],
        ['a', 'b'],
        ['c', 'd'],
      ]);
    });

    it('tells of each entry synchronously, before the append resolves', async () => {
      let told: Cursor | null = null;
      const onAppended = (cursor: Cursor) => {
        told = cursor;
      };
      const epoch = await fixture.writer.open({ workflowId, epoch: 1, reason: 'RUN_STARTED', ends: [], onAppended });
      const cursor = await epoch.append([said('a')]);
      expect(told).toBe(cursor);
      expect(epoch.cursor).toBe(cursor);
    });

    it('flushes behind everything queued', async () => {
      const epoch = await open(1);
      void epoch.append([said('a')]);
      await null;
      void epoch.append([said('b')]);
      await epoch.flush();
      expect(await cursors()).toEqual(['1-0', '1-1', '1-2']);
      await epoch.flush();
      expect(epoch.cursor).toBe('1-2');
    });

    it('keeps events of every kind in their order', async () => {
      const epoch = await open(1);
      const going = { status: 'GENERATING', runStatus: 'RUNNING', error: null, terminal: false } as const;
      const running: StatusEvent = { ...ended, ...going };
      await epoch.append([said('a'), running, said('b')]);
      expect((await fixture.entries(workflowId)).at(-1)?.events).toEqual([said('a'), running, said('b')]);
    });

    it('refuses a chunk above its cap and what follows, but still lets the message and the log be ended', async () => {
      const epoch = await open(1);
      await epoch.append([said('a')]);
      const large = said('é'.repeat(limits.chunkBytes / 2));
      await expect(epoch.append([large])).rejects.toBeInstanceOf(OutputLimitError);
      await expect(epoch.append([said('b')])).rejects.toBeInstanceOf(OutputLimitError);
      expect(await epoch.finish([said('end')])).toBe('1-2');
      expect(await epoch.close([ended])).toBe('1-3');
    });

    it('lets the log expire after its end and takes nothing more', async () => {
      const epoch = await open(1);
      await expect(epoch.close([])).rejects.toThrow('ends with an event');
      expect(await epoch.close([ended])).toBe('1-1');
      expect(await fixture.expires(workflowId)).toBe(true);
      await expect(epoch.append([said('a')])).rejects.toThrow('has ended');
    });
  });
}
