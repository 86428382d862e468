/**
 * The write side of workflow streams: opens epochs and appends to them through the scripts. It combines appends into groups
 * and retries while Redis is away. Postgres has already decided who may write.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type AppendableEvent, type Cursor, cursorAt, limits, type ResyncMarkerEvent } from '#libs/contracts';
import {
  type EpochGrants,
  type EpochWriter,
  FencedError,
  type GrantedEpoch,
  type OpenEpoch,
  OutputLimitError,
  StreamLostError,
  timings,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { AppendQueue, type PushOptions, type QueuedEntry } from './append-queue.js';
import { isFinalReply } from './redis-outage.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';
import { defineStreamCommands, type StreamCommands } from './stream-scripts.js';

export interface StreamWriterOptions {
  /** How long an append or an open is retried while Redis is away, before the stream counts as lost. */
  patienceMs?: number;
  /** How long Redis keeps the log after its run has ended. */
  retentionMs?: number;
  /** When a run begins on a log larger than this, everything before its resync marker is dropped. */
  keptBytes?: number;
  /** What the names of this instance in Redis begin with. */
  prefix?: string;
  /** Asked when the log is ahead of a granted epoch. Without it, a writer that opens such a log counts as fenced. */
  grants?: EpochGrants;
}

interface Settings extends Required<Omit<StreamWriterOptions, 'grants'>> {
  redis: Redis & StreamCommands;
  grants: EpochGrants | null;
}

interface OpenedEpoch {
  epoch: number;
  /** The index of the next chunk; -1 when the epoch was not opened for an attempt and the log knows none. */
  nextIndex: number;
  /** Bytes that the run wrote before this epoch. */
  runBytes: number;
}

/** Writes streams on one connection, which the caller closes. */
export class RedisWorkflowStreamWriter implements WorkflowStreamWriter {
  private readonly settings: Settings;

  constructor(redis: Redis, options: StreamWriterOptions = {}) {
    this.settings = {
      redis: defineStreamCommands(redis),
      patienceMs: options.patienceMs ?? 20_000,
      retentionMs: options.retentionMs ?? timings.streamRetentionMs,
      keptBytes: options.keptBytes ?? limits.workflowBytes - limits.runBytes,
      prefix: options.prefix ?? '',
      grants: options.grants ?? null,
    };
  }

  /** See the port. Rejects with `StreamLostError` when Redis stays away longer than `patienceMs`. */
  async open(options: OpenEpoch): Promise<EpochWriter> {
    const { epoch, runBytes, nextIndex } = await this.openEpoch(options, 0);
    const queue = new AppendQueue(runBytes, options.nextIndex === undefined ? null : nextIndex);
    return new RedisEpochWriter(this.settings, { ...options, epoch }, queue);
  }

  /** See the port. Rejects with `StreamLostError` when Redis stays away longer than `patienceMs`. */
  async openAndClose(options: GrantedEpoch): Promise<void> {
    await this.openEpoch(options, this.settings.retentionMs);
  }

  /** Like `openAndClose`, but replaces a log of another history whose open epoch is `ahead`. */
  async replaceLog(granted: GrantedEpoch, ahead: number): Promise<void> {
    await this.openEpoch(granted, this.settings.retentionMs, ahead);
  }

  private async openEpoch(granted: OpenEpoch, retentionMs: number, replaced = 0): Promise<OpenedEpoch> {
    const { workflowId, epoch } = granted;
    const [status, cursor, runBytes, nextIndex] = await this.runOpenScript(granted, retentionMs, replaced);
    if (status === 'OK') return { epoch, runBytes, nextIndex };
    // The log was read before Postgres: in a shared history, every epoch it knew then has been granted by now.
    const ahead = Number(cursor);
    const beyond = await this.settings.grants?.grantBeyond({ workflowId, epoch }, ahead);
    if (!beyond) throw new FencedError(`Epoch ${epoch} of ${workflowId} is behind epoch ${cursor}`);
    return this.openEpoch({ ...granted, epoch: beyond }, retentionMs, ahead);
  }

  private runOpenScript(opened: OpenEpoch, retentionMs: number, replaced: number) {
    const { workflowId, epoch, reason, ends, nextIndex = -1 } = opened;
    const marker: ResyncMarkerEvent = { type: 'resync-marker', reason };
    const { redis, patienceMs, keptBytes, prefix } = this.settings;
    return withPatience(patienceMs, () =>
      redis.openStreamEpoch(
        streamKey(workflowId, prefix),
        metaKey(workflowId, prefix),
        epoch,
        JSON.stringify(marker),
        eventsChannel(workflowId, prefix),
        keptBytes,
        retentionMs,
        replaced,
        nextIndex,
        // Before the first attempt nothing was sent, unless another history had one.
        reason === 'RUN_STARTED' && replaced === 0 ? 0 : -1,
        ...ends.flatMap((end) => [end.epoch, end.events.map((event) => JSON.stringify(event)).join(',')]),
      ),
    );
  }
}

/** One epoch. Its entries are sent one at a time, so that they arrive in order and a lost reply affects only one entry. */
class RedisEpochWriter implements EpochWriter {
  cursor: Cursor;
  private readonly rejecters = new Set<(error: Error) => void>();
  private seq = 0;
  private isSending = false;
  /** Settles when everything queued was sent or failed. Never rejects. */
  private sending: Promise<void> = Promise.resolve();
  private isClosed = false;
  private failure: Error | null = null;
  private readonly names: { stream: string; meta: string; channel: string };

  constructor(
    private readonly settings: Settings,
    private readonly epoch: OpenEpoch,
    private readonly queue: AppendQueue,
  ) {
    const { workflowId } = epoch;
    const { prefix } = settings;
    this.cursor = cursorAt(epoch.epoch, 0);
    this.names = {
      stream: streamKey(workflowId, prefix),
      meta: metaKey(workflowId, prefix),
      channel: eventsChannel(workflowId, prefix),
    };
  }

  get nextIndex(): number {
    return this.queue.nextIndex ?? 0;
  }

  append(events: readonly AppendableEvent[]): Promise<Cursor> {
    return this.enqueue(events, { last: false, capped: true });
  }

  /** See the port. Accepted even after an `OutputLimitError`: what was refused was not sent. */
  finish(events: readonly AppendableEvent[]): Promise<Cursor> {
    if (this.failure instanceof OutputLimitError) this.failure = null;
    return this.enqueue(events, { last: false, capped: false });
  }

  async flush(): Promise<void> {
    // What exceeded the cap is not sent, but everything queued before it is.
    if (this.failure instanceof OutputLimitError) await this.sending;
    await this.enqueue([], { last: false, capped: true });
  }

  /** See the port. Accepted in the same cases as `finish`. */
  close(events: readonly AppendableEvent[]): Promise<Cursor> {
    if (events.length === 0) return Promise.reject(new TypeError('A log ends with an event'));
    if (this.failure instanceof OutputLimitError) this.failure = null;
    return this.enqueue(events, { last: true, capped: false });
  }

  private enqueue(
    events: readonly AppendableEvent[],
    { last, capped }: Pick<PushOptions, 'last' | 'capped'>,
  ): Promise<Cursor> {
    const { promise, resolve, reject } = Promise.withResolvers<Cursor>();
    // A caller may ignore this promise and learn of the failure from a later append.
    promise.catch(() => undefined);
    const done = (cursor: Cursor): void => {
      this.rejecters.delete(reject);
      resolve(cursor);
    };
    try {
      if (this.failure) throw this.failure;
      if (this.isClosed && events.length > 0) throw new Error('The log of this run has ended');
      const queued = this.queue.push(events, { done, last, capped });
      if (!queued && this.isIdle) {
        resolve(this.cursor);
        return promise;
      }
      if (!queued) this.queue.flushed(done);
      this.rejecters.add(reject);
      if (last) this.isClosed = true;
    } catch (error) {
      const failure = toError(error);
      if (failure instanceof OutputLimitError) this.failure ??= failure;
      reject(failure);
      return promise;
    }
    if (!this.isSending) this.sending = this.send();
    return promise;
  }

  private get isIdle(): boolean {
    return this.queue.isEmpty && !this.isSending;
  }

  private async send(): Promise<void> {
    this.isSending = true;
    // What else comes in this turn, such as all chunks of one read, shares the entry.
    await null;
    try {
      for (let entry = this.queue.take(); entry; entry = this.queue.take()) {
        if (entry.events.length > 0) {
          this.cursor = await this.sendEntry(entry);
          this.seq += 1;
          this.epoch.onAppended?.(this.cursor, entry.events);
        }
        entry.settle(this.cursor);
      }
    } catch (error) {
      this.failure = toError(error);
      this.queue.clear();
      for (const reject of this.rejecters) reject(this.failure);
      this.rejecters.clear();
    } finally {
      this.isSending = false;
    }
  }

  private async sendEntry(entry: QueuedEntry): Promise<Cursor> {
    const { redis, patienceMs, retentionMs } = this.settings;
    const { workflowId, epoch } = this.epoch;
    gatherWrites(redis);
    const [status, cursor] = await withPatience(patienceMs, () =>
      redis.appendToStream(
        this.names.stream,
        this.names.meta,
        epoch,
        this.seq + 1,
        entry.json,
        this.names.channel,
        entry.last ? retentionMs : 0,
        entry.chunks,
        entry.nextIndex ?? -1,
      ),
    );
    switch (status) {
      case 'OK':
        return cursor;
      case 'FENCED':
        throw new FencedError(`Epoch ${epoch} of ${workflowId} is behind epoch ${cursor}`);
      case 'GAP':
        throw new StreamLostError(`The stream of ${workflowId} ends at ${cursor}, entries after it are gone`);
      case 'LOST':
        throw new StreamLostError(`The stream of ${workflowId} is gone`);
    }
  }
}

/** Lets what is written until the end of this turn, by all runs of the process, leave with one system call (ADR 36). */
function gatherWrites({ stream }: { stream?: Redis['stream'] }): void {
  // A cluster has no stream of its own.
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** Retries with growing delays, for a limited time. Rejects with `StreamLostError`. */
async function withPatience<T>(patienceMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(500, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      const cause = toError(error);
      if (isFinalReply(cause)) {
        throw new StreamLostError('Redis refused to write the stream', { cause });
      }
      if (performance.now() + pauseMs >= deadline)
        throw new StreamLostError('Redis stayed away for too long', { cause });
    }
    await delay(pauseMs);
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
