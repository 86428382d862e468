/**
 * One viewer of one workflow: an external store that starts from a snapshot, follows the stream from that snapshot's
 * cursor, and reconnects by itself while it has listeners. It keeps the stream cursor and the order of events, and limits
 * how often listeners are notified.
 */
import { applyEvent, stateOf } from './apply-event.js';
import { type ConnectionState, failedAttempts, initialConnection, transition } from './connection-state.js';
import { Conversation } from './conversation.js';
import { type Connectivity, deviceConnectivity, type FrameScheduler, paintedFrames } from './device.js';
import { OlderMessages } from './older-messages.js';
import { RetryTimer } from './retry-timer.js';
import { type SessionSnapshot, waitFor } from './session-snapshot.js';
import type { WorkflowState } from './workflow-state.js';
import {
  type ReceivedBatch,
  TransportError,
  type TransportLoss,
  type WorkflowSnapshot,
  type WorkflowTransport,
} from './workflow-transport.port.js';

export interface WorkflowSessionOptions {
  workflowId: string;
  transport: WorkflowTransport;
  frames?: FrameScheduler;
  connectivity?: Connectivity;
  /** A number in [0, 1) for the jitter. */
  random?: () => number;
}

/** How often, and within what time, an unfoldable message is read again before the session gives up. */
const MAX_MISFITS = 3;
const MISFIT_WINDOW_MS = 60_000;

interface Followed {
  workflow: WorkflowState;
  conversation: Conversation;
  /** The last applied cursor. */
  cursor: string;
}

export class WorkflowSession {
  readonly workflowId: string;
  private readonly transport: WorkflowTransport;
  private readonly frames: FrameScheduler;
  private readonly connectivity: Connectivity;

  private readonly listeners = new Set<() => void>();
  private readonly end = new AbortController();
  private shown: SessionSnapshot = { phase: 'loading', connection: initialConnection, problem: null };

  private current: Followed | null = null;
  private missing = false;
  private problem: string | null = null;
  private connection: ConnectionState = initialConnection;
  private readonly older: OlderMessages;
  private readonly applied = new AppliedCursors();

  /** Events of an earlier try are ignored. */
  private generation = 0;
  private running = false;
  private disposed = false;
  /** The times at which chunks did not fit the chunks before them. */
  private misfits: number[] = [];
  private mustReload = true;
  private endSubscription: (() => void) | null = null;
  private readonly retryTimer: RetryTimer;
  private stopListening: (() => void) | undefined;
  private cancelFrame: (() => void) | null = null;
  private flushing = false;
  /** Whether something changed while a state was being built. */
  private changedMeanwhile = false;

  constructor(options: WorkflowSessionOptions) {
    this.workflowId = options.workflowId;
    this.transport = options.transport;
    this.frames = options.frames ?? paintedFrames();
    this.connectivity = options.connectivity ?? deviceConnectivity();
    this.older = new OlderMessages({
      load: (before) => this.transport.loadMessages({ workflowId: this.workflowId, before }),
      current: () => this.current?.conversation ?? null,
      changed: () => this.requestFrame(),
    });
    this.retryTimer = new RetryTimer(
      () => void this.connect(),
      options.random ?? Math.random,
      () => this.wake(),
    );
  }

  /** The latest published state; the same object until something changes. */
  readonly getSnapshot = (): SessionSnapshot => this.shown;

  /**
   * Calls `listener` after each change, at most once per frame. The first listener starts the session; it stops when the
   * last one leaves. When a listener returns later, the workflow is read again and followed from there; the previous state
   * stays visible meanwhile.
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  };

  /** Whether there are listeners. */
  get followed(): boolean {
    return this.listeners.size > 0;
  }

  /**
   * The first published state that meets `condition`, now or later; follows the workflow until then.
   * @throws the reason of `signal`; an error when the session ends first
   */
  readonly until = <T extends SessionSnapshot>(
    condition: ((snapshot: SessionSnapshot) => snapshot is T) | ((snapshot: SessionSnapshot) => boolean),
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> => waitFor<T>(this, condition, AbortSignal.any(signal ? [signal, this.end.signal] : [this.end.signal]));

  /** Ends the session for good: it follows nothing and notifies no one. The last state can still be read. */
  dispose(): void {
    this.disposed = true;
    this.stop();
    this.listeners.clear();
    this.end.abort(new Error('The session has ended.'));
  }

  /** Tries at once instead of waiting, also after a refusal. Harmless while the connection works. */
  readonly reconnect = (): void => {
    if (!this.running || this.missing || this.connection.name === 'live') return;
    this.transport.startAfresh?.();
    this.setConnection(transition(this.connection, { type: 'restarted' }));
    void this.connect();
  };

  /**
   * Reads the workflow again and continues from there, for example after a mutation whose effect appears in the stream only
   * when a worker picks it up. The current state stays visible until the answer arrives.
   */
  readonly refresh = (): void => {
    this.mustReload = true;
    if (this.running) void this.connect();
  };

  /**
   * Reads the page of messages before those shown. They appear once, in front, whatever the stream delivers meanwhile. Does
   * nothing while a page is being read or when there is none. Failures appear in `history`.
   */
  readonly loadOlderMessages = (): Promise<void> => this.older.loadMore();

  /** Shows a title that the server has just confirmed; the stream does not carry titles. */
  readonly showTitle = (title: string): void => {
    if (!this.current || this.current.workflow.title === title) return;
    this.current.workflow = { ...this.current.workflow, title };
    this.requestFrame();
  };

  /** Restarts whatever hangs or waits, as if it were the first try. */
  private wake(): void {
    const { name } = this.connection;
    if (!this.running || this.missing || name === 'refused') return;
    if ((name === 'live' || name === 'replaying') && !this.retryTimer.pending) return;
    this.setConnection(transition(this.connection, { type: 'restarted' }));
    void this.connect();
  }

  private start(): void {
    if (this.running || this.disposed) return;
    this.running = true;
    // The stream does not carry titles and queued prompts, so the workflow is read again; the current state stays visible
    // until then.
    this.mustReload = true;
    this.missing = false;
    this.requestFrame();
    this.retryTimer.listenTo(this.connectivity);
    this.stopListening = this.connectivity.onOffline?.(() =>
      this.setConnection(transition(this.connection, { type: 'offline' })),
    );
    void this.connect();
  }

  private stop(): void {
    this.running = false;
    this.generation++;
    this.release();
    this.retryTimer.stop();
    this.stopListening?.();
    this.cancelFrame?.();
    this.cancelFrame = null;
    this.connection = initialConnection;
  }

  private release(): void {
    this.retryTimer.cancel();
    this.endSubscription?.();
    this.endSubscription = null;
  }

  private async connect(): Promise<void> {
    const generation = ++this.generation;
    this.release();
    if (this.mustReload) {
      try {
        const snapshot = await this.transport.loadWorkflow(this.workflowId);
        if (generation !== this.generation) return;
        if (!snapshot) {
          this.lose({ kind: 'not-found', message: 'Workflow not found.' });
          return;
        }
        this.follow(snapshot, snapshot.cursor);
      } catch (error) {
        if (generation === this.generation) this.lose(lossOf(error));
        return;
      }
    }
    const cursor = this.current?.cursor;
    if (cursor === undefined) return;
    const end = this.transport.subscribe(
      { workflowId: this.workflowId, cursor },
      {
        next: (batch) => {
          if (generation === this.generation) this.receive(batch);
        },
        lost: (loss) => {
          if (generation === this.generation) this.lose(loss);
        },
      },
    );
    // A transport may refuse synchronously; then the next try is already scheduled.
    if (generation === this.generation && !this.retryTimer.pending) this.endSubscription = end;
    else end();
  }

  private follow(snapshot: WorkflowSnapshot, cursor: string): void {
    const conversation = new Conversation(snapshot, this.current?.conversation);
    this.current = { workflow: stateOf(snapshot), conversation, cursor };
    this.applied.restart(cursor);
    this.mustReload = false;
    this.problem = null;
    this.requestFrame();
    void this.older.fillGap();
  }

  private receive(batch: ReceivedBatch): void {
    const holdsSnapshot = batch.events.some((event) => event.type === 'snapshot');
    if (holdsSnapshot || !this.applied.has(batch.cursor)) this.apply(batch);
    this.setConnection(transition(this.connection, { type: 'received', caughtUp: batch.caughtUp }));
  }

  private apply(batch: ReceivedBatch): void {
    for (const event of batch.events) {
      if (event.type === 'snapshot') {
        this.follow(event.workflow, batch.cursor);
        continue;
      }
      const followed = this.current;
      if (!followed) continue;
      if (event.type === 'chunks') followed.conversation.push(event.messageId, event.runId, event.chunks);
      if (event.type === 'status' && event.terminal && event.runId) followed.conversation.complete(event.runId);
      followed.workflow = applyEvent(followed.workflow, event);
    }
    if (this.current) this.current.cursor = batch.cursor;
    this.applied.add(batch.cursor);
    this.requestFrame();
  }

  private lose(loss: TransportLoss): void {
    this.generation++;
    this.release();
    switch (loss.kind) {
      case 'not-found':
        this.missing = true;
        this.requestFrame();
        return;
      case 'fatal':
        this.problem = loss.message;
        this.setConnection(transition(this.connection, { type: 'refused', message: loss.message }));
        return;
      case 'retryable': {
        this.problem = loss.message;
        this.setConnection(transition(this.connection, { type: 'lost', online: this.connectivity.isOnline() }));
        this.retryTimer.schedule(failedAttempts(this.connection), loss.retryAfterMs ?? 0);
        return;
      }
    }
  }

  private setConnection(next: ConnectionState): void {
    if (next === this.connection) return;
    this.connection = next;
    this.requestFrame();
  }

  private requestFrame(): void {
    if (!this.running || this.cancelFrame) return;
    if (this.flushing) {
      this.changedMeanwhile = true;
      return;
    }
    this.cancelFrame = this.frames.schedule(() => {
      this.cancelFrame = null;
      void this.flush();
    });
  }

  /** Publishes a consistent state: the text is folded exactly as far as the status has been applied. */
  private async flush(): Promise<void> {
    const { connection, current: followed, missing, problem } = this;
    const workflow = followed?.workflow;
    this.flushing = true;
    this.changedMeanwhile = false;
    let next: SessionSnapshot;
    try {
      if (missing) next = { phase: 'not-found', connection };
      else if (followed && workflow) {
        const { loading, problem: failed } = this.older;
        const history = { hasOlder: followed.conversation.older !== null, loading, problem: failed };
        next = { phase: 'ready', connection, workflow, messages: await followed.conversation.settle(), history };
      } else next = { phase: 'loading', connection, problem };
    } catch {
      this.flushing = false;
      this.startOver(followed);
      return;
    }
    this.flushing = false;
    if (!this.running) return;
    this.publish(next);
    if (this.changedMeanwhile || followed?.conversation.unsettled) this.requestFrame();
  }

  /** Chunks that do not fit cannot be shown, but the stored message can. */
  private startOver(broken: Followed | null): void {
    if (broken !== this.current) {
      // A snapshot has replaced this conversation and must still be shown.
      this.requestFrame();
      return;
    }
    if (!this.running) return;
    this.mustReload = true;
    const now = Date.now();
    this.misfits = [...this.misfits.filter((at) => now - at < MISFIT_WINDOW_MS), now];
    if (this.misfits.length > MAX_MISFITS) {
      // Reading the same message again and again would only load the server.
      this.lose({ kind: 'fatal', message: 'The answer of this workflow cannot be shown.' });
      return;
    }
    this.lose({ kind: 'retryable', message: 'The answer could not be shown as it arrived. Loading it again.' });
  }

  private publish(next: SessionSnapshot): void {
    this.shown = next;
    for (const listener of this.listeners) listener();
  }
}

function lossOf(error: unknown): TransportLoss {
  if (error instanceof TransportError) return error.loss;
  return { kind: 'retryable', message: 'The server could not be reached. Trying again.' };
}

/** A repeated batch arrives soon after its first delivery. More would only use memory. */
const REMEMBERED = 256;

/** The cursors applied since the last snapshot, which contains everything before it. */
class AppliedCursors {
  private readonly cursors = new Set<string>();

  has(cursor: string): boolean {
    return this.cursors.has(cursor);
  }

  add(cursor: string): void {
    this.cursors.add(cursor);
    const oldest = this.cursors.values().next();
    if (this.cursors.size > REMEMBERED && !oldest.done) this.cursors.delete(oldest.value);
  }

  /** Starts over at a snapshot. */
  restart(cursor: string): void {
    this.cursors.clear();
    this.cursors.add(cursor);
  }
}
