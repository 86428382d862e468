/** Workflow streams in memory, for tests of agents and of the engine. They pass the same test suite as the Redis writer. */
import { setImmediate } from 'node:timers/promises';
import {
  type AppendableEvent,
  type Cursor,
  cursorAt,
  jsonBytes,
  limits,
  type StreamEvent,
  type WorkflowId,
} from '#libs/contracts';
import { FencedError, OutputLimitError, StreamLostError } from '../errors.js';
import type {
  EpochGrants,
  EpochWriter,
  GrantedEpoch,
  OpenEpoch,
  WorkflowStreamWriter,
} from '../ports/workflow-stream.port.js';

export interface StreamEntry {
  cursor: Cursor;
  events: readonly StreamEvent[];
}

interface Log {
  epoch: number;
  entries: StreamEntry[];
  /** The newest epoch whose end the log holds. */
  ended: number;
  /** Bytes written by the current run, over all its attempts. */
  runBytes: number;
  /** The index of the current run's next chunk as far as the log knows; 0 after an end, `null` when unknown. */
  nextIndex: number | null;
  /** Whether the log would expire after a while. */
  expires: boolean;
}

export class MemoryWorkflowStream implements WorkflowStreamWriter {
  /** @param grants asked when a log is ahead of a granted epoch; without it, such an open is fenced */
  constructor(
    private readonly grants: EpochGrants | null = null,
    private readonly logs = new Map<WorkflowId, Log>(),
  ) {}

  /** Another writer on the same logs. */
  granting(grants: EpochGrants): MemoryWorkflowStream {
    return new MemoryWorkflowStream(grants, this.logs);
  }

  async open(options: OpenEpoch): Promise<EpochWriter> {
    const { epoch, log } = await this.openLog(options, false);
    return new MemoryEpochWriter(this.logs, { ...options, epoch }, log);
  }

  async openAndClose(options: GrantedEpoch): Promise<void> {
    await this.openLog(options, true);
  }

  /** The entries of the workflow's log, oldest first; empty when there is none. */
  entries(workflowId: WorkflowId): readonly StreamEntry[] {
    return this.logs.get(workflowId)?.entries ?? [];
  }

  /** All events of the log, in order. */
  events(workflowId: WorkflowId): StreamEvent[] {
    return this.entries(workflowId).flatMap(({ events }) => events);
  }

  /** Whether the log would expire some time after its run has ended. */
  expires(workflowId: WorkflowId): boolean {
    return this.logs.get(workflowId)?.expires ?? false;
  }

  /** Loses a workflow's log, as a Redis without its data would. */
  lose(workflowId: WorkflowId): void {
    this.logs.delete(workflowId);
  }

  private async openLog(granted: OpenEpoch, expires: boolean): Promise<{ epoch: number; log: Log }> {
    await setImmediate();
    const { workflowId, epoch } = granted;
    const log = this.logs.get(workflowId);
    const last = log?.entries.at(-1)?.cursor;
    if (log && last === cursorAt(epoch, 0)) return { epoch, log };
    if (!log || log.epoch < epoch) return { epoch, log: this.begin(granted, log ?? null, expires) };
    const beyond = await this.grants?.grantBeyond({ workflowId, epoch }, log.epoch);
    if (!beyond) throw new FencedError(`Epoch ${epoch} of ${workflowId} is behind epoch ${log.epoch}`);
    this.lose(workflowId);
    return { epoch: beyond, log: this.begin({ ...granted, epoch: beyond }, null, expires, 'replaced') };
  }

  private begin(opened: OpenEpoch, earlier: Log | null, expires: boolean, replaced?: 'replaced'): Log {
    const { workflowId, epoch, reason, ends } = opened;
    const unpublished = ends.filter((end) => end.epoch > (earlier?.ended ?? 0));
    const events = [{ type: 'resync-marker', reason } as const, ...unpublished.flatMap((end) => end.events)];
    const goesOn = !expires && unpublished.length === 0;
    const unlogged = reason === 'RUN_STARTED' && !replaced ? 0 : null;
    const sent = earlier ? earlier.nextIndex : unlogged;
    const before = expires && !replaced ? 0 : sent;
    const log: Log = {
      epoch,
      entries: [...(earlier?.entries ?? []), { cursor: cursorAt(epoch, 0), events: structuredClone(events) }],
      ended: Math.max(earlier?.ended ?? 0, ...unpublished.map((end) => end.epoch)),
      runBytes: expires ? 0 : (goesOn ? (earlier?.runBytes ?? 0) : 0) + jsonBytes(events),
      nextIndex: goingOn(opened, goesOn ? before : before && 0),
      expires,
    };
    this.logs.set(workflowId, log);
    return log;
  }
}

/** Where a run goes on of which the log knows this index. See the port. */
function goingOn({ nextIndex }: OpenEpoch, sent: number | null): number | null {
  if (nextIndex === undefined) return sent;
  const mayLack = sent === null || (sent > 0 && sent < nextIndex);
  const gap = mayLack ? limits.attemptChunks : 0;
  return Math.max(sent ?? 0, nextIndex + gap);
}

interface Queued {
  events: readonly AppendableEvent[];
  /** Whether these are the last events of the log. */
  last: boolean;
  sent: PromiseWithResolvers<Cursor>;
}

class MemoryEpochWriter implements EpochWriter {
  cursor: Cursor;
  nextIndex: number;
  private runBytes: number;
  private seq = 0;
  private queue: Queued[] = [];
  private sending: Promise<void> | null = null;
  private isClosed = false;
  private failure: Error | null = null;

  constructor(
    private readonly logs: ReadonlyMap<WorkflowId, Log>,
    private readonly epoch: OpenEpoch,
    { runBytes, nextIndex }: Pick<Log, 'runBytes' | 'nextIndex'>,
  ) {
    this.runBytes = runBytes;
    this.nextIndex = epoch.nextIndex === undefined ? 0 : (nextIndex ?? 0);
    this.cursor = cursorAt(epoch.epoch, 0);
  }

  append(events: readonly AppendableEvent[]): Promise<Cursor> {
    return this.enqueue(events, { capped: true });
  }

  finish(events: readonly AppendableEvent[]): Promise<Cursor> {
    if (this.failure instanceof OutputLimitError) this.failure = null;
    return this.enqueue(events, { capped: false });
  }

  close(events: readonly AppendableEvent[]): Promise<Cursor> {
    if (events.length === 0) return Promise.reject(new TypeError('A log ends with an event'));
    if (this.failure instanceof OutputLimitError) this.failure = null;
    return this.enqueue(events, { capped: false, last: true });
  }

  async flush(): Promise<void> {
    // Events refused for their size are not sent, but everything queued before them is.
    if (this.failure instanceof OutputLimitError) await this.sending;
    await this.enqueue([], { capped: true });
  }

  private enqueue(
    events: readonly AppendableEvent[],
    { capped, last = false }: { capped: boolean; last?: boolean },
  ): Promise<Cursor> {
    const sent = Promise.withResolvers<Cursor>();
    // A caller need not await an append, and may learn of its failure from a later one.
    sent.promise.catch(() => undefined);
    try {
      if (this.failure) throw this.failure;
      if (this.isClosed && events.length > 0) throw new Error('The log of this run has ended');
      this.runBytes += this.measured(events, capped);
    } catch (error) {
      if (error instanceof OutputLimitError) this.failure ??= error;
      sent.reject(error);
      return sent.promise;
    }
    if (events.length === 0 && !this.sending) {
      sent.resolve(this.cursor);
      return sent.promise;
    }
    this.isClosed ||= last;
    this.queue.push({ events: structuredClone(events).map((event) => this.indexed(event)), last, sent });
    this.sending ??= this.send();
    return sent.promise;
  }

  private indexed(event: AppendableEvent): AppendableEvent {
    if (event.type !== 'chunks' || this.epoch.nextIndex === undefined) return event;
    const index = this.nextIndex;
    this.nextIndex += event.chunks.length;
    return { ...event, index };
  }

  /** UTF-8 bytes of JSON. Throws `OutputLimitError` past a limit. */
  private measured(events: readonly AppendableEvent[], capped: boolean): number {
    const sizes = events.flatMap((event) => (event.type === 'chunks' ? event.chunks : [event]).map(jsonBytes));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (!capped) return bytes;
    const isTooLarge = events.some(
      (event) => event.type === 'chunks' && event.chunks.some((chunk) => jsonBytes(chunk) > limits.chunkBytes),
    );
    if (isTooLarge) throw new OutputLimitError(`A chunk is larger than ${limits.chunkBytes} bytes`);
    if (this.runBytes + bytes > limits.runBytes) {
      throw new OutputLimitError(`The stream of a run grew past ${limits.runBytes} bytes`);
    }
    return bytes;
  }

  /** One entry at a time: what is queued in one turn, or while one is being sent, goes together into the next. */
  private async send(): Promise<void> {
    await null;
    for (let taken = this.queue.splice(0); taken.length > 0; taken = this.queue.splice(0)) {
      await setImmediate();
      try {
        const events = taken.flatMap((queued) => queued.events);
        if (events.length > 0)
          this.appendEntry(
            events,
            taken.some(({ last }) => last),
          );
        for (const { sent } of taken) sent.resolve(this.cursor);
      } catch (error) {
        this.failure = error as Error;
        for (const { sent } of [...taken, ...this.queue.splice(0)]) sent.reject(error);
      }
    }
    this.sending = null;
  }

  private appendEntry(events: readonly AppendableEvent[], last: boolean): void {
    const { workflowId, epoch, onAppended } = this.epoch;
    const log = this.logs.get(workflowId);
    if (!log || log.epoch < epoch) throw new StreamLostError(`The stream of ${workflowId} is gone`);
    if (log.epoch > epoch) throw new FencedError(`Epoch ${epoch} of ${workflowId} is behind epoch ${log.epoch}`);
    this.seq += 1;
    this.cursor = cursorAt(epoch, this.seq);
    log.entries.push({ cursor: this.cursor, events });
    log.runBytes += jsonBytes(events);
    for (const event of events) {
      if (event.type === 'chunks' && event.index !== undefined) log.nextIndex = event.index + event.chunks.length;
    }
    if (last) Object.assign(log, { ended: epoch, runBytes: 0, nextIndex: 0, expires: true });
    onAppended?.(this.cursor, events);
  }
}
