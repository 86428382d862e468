// Deliberately long: one fake transport, and every state of a session that it can cause.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UIMessageChunk } from './contracts.js';
import type { SessionSnapshot } from './session-snapshot.js';
import { WorkflowSession } from './workflow-session.js';
import { textOf } from './workflow-state.js';
import type {
  MessagePage,
  ReceivedEvent,
  StreamSink,
  WorkflowSnapshot,
  WorkflowTransport,
} from './workflow-transport.port.js';

const opening: UIMessageChunk[] = [
  { type: 'start' },
  { type: 'start-step' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'Hello' },
];

function snapshotAt(cursor: string, chunks: UIMessageChunk[] = opening, text = 'Hello'): WorkflowSnapshot {
  return {
    id: 'wf_1',
    title: 'Title',
    agent: 'workflow-builder',
    status: 'GENERATING',
    cursor,
    promptLock: { reason: 'GENERATING', message: 'Busy.' },
    messages: [
      {
        id: 'msg_1',
        role: 'assistant',
        runId: 'run_1',
        parts: [{ type: 'step-start' }, { type: 'text', text, state: 'streaming' }],
        chunks,
        complete: false,
        createdAt: null,
      },
    ],
    olderMessages: null,
    graph: { revision: 1, nodes: [], edges: [], issues: [] },
    run: { id: 'run_1', status: 'RUNNING', error: null, historyExpiredAt: null },
    steps: [],
    attemptFailure: null,
    hooks: [],
  };
}

const delta = (text: string): ReceivedEvent => ({
  type: 'chunks',
  messageId: 'msg_1',
  runId: 'run_1',
  chunks: [{ type: 'text-delta', id: 't', delta: text }],
});
const ended: ReceivedEvent = {
  type: 'status',
  runId: 'run_1',
  status: 'IDLE',
  runStatus: 'SUCCEEDED',
  promptLock: null,
  error: null,
  terminal: true,
};

/** Records what the session requests and lets the test answer. */
class ScriptedTransport implements WorkflowTransport {
  readonly cursors: string[] = [];
  loads = 0;
  ended = 0;
  afresh = 0;
  sink: StreamSink | null = null;
  answerMessages: () => Promise<MessagePage | null> = () => Promise.resolve(null);
  answer: () => Promise<WorkflowSnapshot | null> = () => Promise.resolve(snapshotAt('c1'));

  loadWorkflow() {
    this.loads++;
    return this.answer();
  }

  loadMessages() {
    return this.answerMessages();
  }

  subscribe(request: { cursor: string }, sink: StreamSink) {
    this.cursors.push(request.cursor);
    this.sink = sink;
    return () => {
      this.ended++;
    };
  }

  startAfresh() {
    this.afresh++;
  }

  send(cursor: string, ...events: ReceivedEvent[]) {
    this.sink?.next({ cursor, caughtUp: true, events });
  }
}

let frames: (() => void)[];
let wake: () => void;
let goOffline: () => void;
let online: boolean;
let transport: ScriptedTransport;
let session: WorkflowSession;
let notified: number;

/** Paints until nothing is left to paint. */
async function paint(): Promise<void> {
  do {
    for (const frame of frames.splice(0)) frame();
    await vi.advanceTimersByTimeAsync(0);
  } while (frames.length > 0);
}

function shown(): Extract<SessionSnapshot, { phase: 'ready' }> {
  const snapshot = session.getSnapshot();
  if (snapshot.phase !== 'ready') throw new Error(`The session is ${snapshot.phase}.`);
  return snapshot;
}

const text = () => shown().messages.map(textOf).join('|');

beforeEach(async () => {
  vi.useFakeTimers();
  frames = [];
  online = true;
  notified = 0;
  transport = new ScriptedTransport();
  session = new WorkflowSession({
    workflowId: 'wf_1',
    transport,
    frames: {
      schedule(callback) {
        frames.push(callback);
        return () => {
          frames = frames.filter((frame) => frame !== callback);
        };
      },
    },
    connectivity: {
      isOnline: () => online,
      onWake(callback) {
        wake = callback;
        return () => undefined;
      },
      onOffline(callback) {
        goOffline = callback;
        return () => undefined;
      },
    },
    random: () => 0.5,
  });
  session.subscribe(() => {
    notified++;
  });
  await paint();
});

afterEach(() => vi.useRealTimers());

describe('WorkflowSession', () => {
  it('shows the snapshot, then follows the stream from its cursor', async () => {
    expect(text()).toBe('Hello');
    expect(transport.cursors).toEqual(['c1']);
    transport.send('c2', delta(', world'));
    await paint();
    expect(text()).toBe('Hello, world');
    expect(shown().connection).toEqual({ name: 'live' });
  });

  it('drops a batch that it has applied before', async () => {
    transport.send('c2', delta(' a'));
    transport.send('c3', delta(' b'));
    transport.send('c2', delta(' a'));
    transport.send('c1', delta(' never'));
    transport.send('c3', delta(' b'));
    await paint();
    expect(text()).toBe('Hello a b');
  });

  it('replaces everything by a snapshot in the middle and folds on from it', async () => {
    transport.send('c2', delta(' half'));
    const chunks: UIMessageChunk[] = [...opening, { type: 'text-delta', id: 't', delta: ' again' }];
    transport.send('d0', { type: 'snapshot', reason: 'TAKEOVER', workflow: snapshotAt('d0', chunks, 'Hello again') });
    transport.send('d1', delta('!'));
    await paint();
    expect(text()).toBe('Hello again!');
  });

  it('applies a snapshot even at a cursor that it has applied before', async () => {
    transport.send('c2', delta(' half'));
    transport.send('c2', { type: 'snapshot', reason: 'LAGGED', workflow: snapshotAt('c2', opening, 'Hello') });
    await paint();
    expect(text()).toBe('Hello');
  });

  it('shows the snapshot of a batch and not the events before it, which it includes', async () => {
    // The run ended, and was retried before the snapshot was read.
    transport.send('c2', ended, { type: 'snapshot', reason: 'TAKEOVER', workflow: snapshotAt('c2') });
    await paint();
    expect(shown().workflow).toMatchObject({ status: 'GENERATING', run: { id: 'run_1', status: 'RUNNING' } });
    expect(shown().messages).toMatchObject([{ complete: false }]);
  });

  it('notifies once a frame however many batches arrive', async () => {
    const before = notified;
    for (let at = 2; at < 200; at++) transport.send(`c${at}`, delta('.'));
    await paint();
    expect(notified - before).toBe(1);
    expect(text()).toBe(`Hello${'.'.repeat(198)}`);
  });

  it('publishes the end of a run together with its last text', async () => {
    transport.send('c2', delta(' end'), ended);
    await paint();
    expect(shown().workflow).toMatchObject({ status: 'IDLE', promptLock: null, run: { status: 'SUCCEEDED' } });
    expect(shown().messages[0]?.complete).toBe(true);
    expect(text()).toBe('Hello end');
  });

  it('shows a message that it did not know before', async () => {
    transport.send('c2', { type: 'chunks', messageId: 'msg_2', runId: 'run_2', chunks: opening });
    await paint();
    expect(text()).toBe('Hello|Hello');
  });

  it('comes back from the last applied cursor without reading the workflow again', async () => {
    transport.send('c2', delta(' a'));
    transport.send('c3', delta(' b'));
    transport.sink?.lost({ kind: 'retryable', message: 'Gone.' });
    await paint();
    expect(shown().connection).toEqual({ name: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(400);
    expect(transport.cursors).toEqual(['c1', 'c3']);
    transport.send('c4', delta(' c'));
    await paint();
    expect(text()).toBe('Hello a b c');
    expect(transport.loads).toBe(1);
    expect(shown().connection.name).toBe('live');
  });

  it('keeps trying for ever', async () => {
    for (let attempt = 0; attempt < 50; attempt++) {
      transport.sink?.lost({ kind: 'retryable', message: 'Gone.' });
      await vi.advanceTimersByTimeAsync(15_000);
    }
    expect(transport.cursors).toHaveLength(51);
  });

  it('ignores what a lost subscription still delivers', async () => {
    const old = transport.sink;
    old?.lost({ kind: 'retryable', message: 'Gone.' });
    await vi.advanceTimersByTimeAsync(400);
    old?.next({ cursor: 'c2', caughtUp: true, events: [delta(' stale')] });
    transport.send('c2', delta(' fresh'));
    await paint();
    expect(text()).toBe('Hello fresh');
  });

  it('leaves the server alone for as long as it asks, also when the device wakes up, and comes back after that', async () => {
    transport.sink?.lost({ kind: 'retryable', message: 'Busy.', retryAfterMs: 20_000 });
    await vi.advanceTimersByTimeAsync(19_999);
    wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(transport.cursors).toEqual(['c1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(transport.cursors).toEqual(['c1']);
    wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(transport.cursors).toEqual(['c1', 'c1']);
    transport.sink?.lost({ kind: 'retryable', message: 'Busy.', retryAfterMs: 1_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(transport.cursors).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(transport.cursors).toHaveLength(3);
  });

  it('tries at once when the device wakes up', async () => {
    online = false;
    transport.sink?.lost({ kind: 'retryable', message: 'Gone.' });
    await paint();
    expect(shown().connection.name).toBe('offline');
    wake();
    expect(transport.cursors).toHaveLength(2);
  });

  it('says at once that the device is offline, and follows anew when it is back', async () => {
    transport.send('c2');
    await paint();
    expect(shown().connection.name).toBe('live');
    goOffline();
    await paint();
    expect(shown().connection).toEqual({ name: 'offline', attempt: 0 });
    wake();
    await paint();
    expect(shown().connection.name).toBe('connecting');
    expect(transport.cursors).toEqual(['c1', 'c2']);
    expect(transport.ended).toBe(1);
  });

  it('gives up a try that hangs when the device wakes up, and leaves alone what is live', async () => {
    transport.sink?.lost({ kind: 'retryable', message: 'Gone.' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(transport.cursors).toHaveLength(2);
    wake();
    expect(transport.cursors).toHaveLength(3);
    expect(transport.ended).toBe(2);
    transport.send('c2');
    wake();
    expect(transport.cursors).toHaveLength(3);
  });

  it('gives up a load that hangs when somebody asks to try now', async () => {
    transport.answer = () => new Promise(() => undefined);
    session.refresh();
    const { loads } = transport;
    transport.answer = () => Promise.resolve(snapshotAt('c9'));
    transport.sink = null;
    session.reconnect();
    await paint();
    expect(transport.loads).toBe(loads + 1);
    expect(transport.cursors.at(-1)).toBe('c9');
    expect(transport.afresh).toBe(1);
  });

  it('stops after a refusal until somebody asks again', async () => {
    transport.sink?.lost({ kind: 'fatal', message: 'Refused.' });
    await vi.advanceTimersByTimeAsync(60_000);
    await paint();
    expect(shown().connection).toEqual({ name: 'refused', message: 'Refused.' });
    expect(transport.cursors).toHaveLength(1);
    session.reconnect();
    expect(transport.cursors).toHaveLength(2);
  });

  it('says that there is no such workflow', async () => {
    transport.sink?.lost({ kind: 'not-found', message: 'Gone.' });
    await paint();
    expect(session.getSnapshot().phase).toBe('not-found');
  });

  it('reads the workflow again when asked to, and shows the old state meanwhile', async () => {
    transport.answer = () => Promise.resolve(snapshotAt('c7', opening, 'Hello'));
    transport.send('c2', delta(' there'));
    await paint();
    session.refresh();
    expect(text()).toBe('Hello there');
    await paint();
    expect(transport.cursors).toEqual(['c1', 'c7']);
    expect(shown().connection.name).toBe('live');
  });

  it('shows a confirmed title until a snapshot brings another', async () => {
    session.showTitle('Renamed');
    await paint();
    expect(shown().workflow.title).toBe('Renamed');
    transport.send('c2', { type: 'snapshot', reason: 'LAGGED', workflow: snapshotAt('c2') });
    await paint();
    expect(shown().workflow.title).toBe('Title');
  });

  it('reads the stored message again when chunks do not fit', async () => {
    transport.send('c2', {
      type: 'chunks',
      messageId: 'msg_1',
      runId: 'run_1',
      chunks: [{ type: 'text-delta', id: 'unknown', delta: 'x' }],
    });
    transport.answer = () => Promise.resolve(snapshotAt('c9', opening, 'Hello'));
    await paint();
    await vi.advanceTimersByTimeAsync(1_000);
    await paint();
    expect(transport.loads).toBe(2);
    expect(transport.cursors).toEqual(['c1', 'c9']);
    expect(text()).toBe('Hello');
  });
});

describe('waiting for a state', () => {
  it('follows the workflow only for as long as it waits', async () => {
    const other = new WorkflowSession({ workflowId: 'wf_1', transport, random: () => 0.5 });
    const waiting = other.until((snapshot) => snapshot.phase === 'ready' && snapshot.workflow.status === 'IDLE');
    await vi.advanceTimersByTimeAsync(20);
    expect(other.followed).toBe(true);
    transport.send('c2', delta('!'), ended);
    await vi.advanceTimersByTimeAsync(20);
    expect(await waiting).toMatchObject({ workflow: { status: 'IDLE' } });
    expect(other.followed).toBe(false);
  });

  it('ends when it is called off and when the session ends', async () => {
    const stop = new AbortController();
    const calledOff = expect(session.until(() => false, { signal: stop.signal })).rejects.toThrow('enough');
    const ending = expect(session.until(() => false)).rejects.toThrow('ended');
    stop.abort(new Error('enough'));
    session.dispose();
    await calledOff;
    await ending;
    expect(transport.ended).toBe(1);
    await expect(session.until(() => true)).rejects.toThrow('ended');
  });
});

describe('WorkflowSession without listeners', () => {
  it('ends its subscription and reads again for the next listener, showing what it has meanwhile', async () => {
    const other = new WorkflowSession({ workflowId: 'wf_1', transport, random: () => 0.5 });
    const stop = other.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(20);
    transport.send('c2', delta('!'));
    stop();
    expect(transport.ended).toBe(1);
    const shown = other.getSnapshot();
    let answer: (snapshot: WorkflowSnapshot) => void = () => undefined;
    transport.answer = () => new Promise((resolve) => (answer = resolve));
    other.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(20);
    expect(shown.phase).toBe('ready');
    expect(other.getSnapshot().phase).toBe('ready');
    answer(snapshotAt('c7'));
    await vi.advanceTimersByTimeAsync(20);
    expect(transport.cursors.at(-1)).toBe('c7');
  });

  it('keeps trying to read a workflow that cannot be read', async () => {
    transport.answer = () => Promise.reject(new Error('no server'));
    const other = new WorkflowSession({ workflowId: 'wf_1', transport, random: () => 0.5 });
    other.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(20);
    expect(other.getSnapshot()).toMatchObject({ phase: 'loading', connection: { name: 'reconnecting' } });
    transport.answer = () => Promise.resolve(snapshotAt('c1'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(other.getSnapshot().phase).toBe('ready');
  });
});

describe('older messages of a session', () => {
  const older: MessagePage = {
    messages: [
      {
        id: 'msg_0',
        role: 'user',
        runId: 'run_0',
        parts: [{ type: 'text', text: 'Before' }],
        chunks: [],
        complete: true,
        createdAt: null,
      },
    ],
    olderMessages: null,
  };
  const withOlder = (cursor: string): WorkflowSnapshot => ({ ...snapshotAt(cursor), olderMessages: 'p1' });

  beforeEach(async () => {
    transport.send('c2', { type: 'snapshot', reason: 'LAGGED', workflow: withOlder('c2') });
    await paint();
  });

  it('come in front of those that are shown, once, while the stream goes on', async () => {
    expect(shown().history).toEqual({ hasOlder: true, loading: false, problem: null });
    let answer: (page: MessagePage) => void = () => undefined;
    const page = new Promise<MessagePage>((resolve) => (answer = resolve));
    transport.answerMessages = () => page;
    const loading = session.loadOlderMessages();
    let again = 'waits';
    void session.loadOlderMessages().then(() => {
      again = 'is there';
    });
    transport.send('c3', delta(', world'));
    await paint();
    expect(shown().history).toEqual({ hasOlder: true, loading: true, problem: null });
    expect(again).toBe('waits');
    answer(older);
    await loading;
    await paint();
    expect(text()).toBe('Before|Hello, world');
    expect(shown().history).toEqual({ hasOlder: false, loading: false, problem: null });
  });

  it('stay when a snapshot comes, also one that comes while they are read', async () => {
    let answer: (page: MessagePage) => void = () => undefined;
    const page = new Promise<MessagePage>((resolve) => (answer = resolve));
    transport.answerMessages = () => page;
    const loading = session.loadOlderMessages();
    transport.send('d0', { type: 'snapshot', reason: 'TAKEOVER', workflow: withOlder('d0') });
    await paint();
    answer(older);
    await loading;
    transport.send('e0', { type: 'snapshot', reason: 'TAKEOVER', workflow: withOlder('e0') });
    await paint();
    expect(text()).toBe('Before|Hello');
    expect(shown().history.hasOlder).toBe(false);
  });

  it('can be asked for again after a failure, which is shown until then', async () => {
    transport.answerMessages = () => Promise.reject(new Error('The server is away.'));
    await session.loadOlderMessages();
    await paint();
    expect(shown().history).toEqual({ hasOlder: true, loading: false, problem: 'The server is away.' });
    transport.answerMessages = () => Promise.resolve(older);
    await session.loadOlderMessages();
    await paint();
    expect(shown().history).toEqual({ hasOlder: false, loading: false, problem: null });
  });
});
