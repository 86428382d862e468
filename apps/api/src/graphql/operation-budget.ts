/**
 * What one operation may read, answer and wait for. Every row read and every value in the answer is charged, so neither
 * aliases nor nesting get around the limits.
 */
import { limits } from '#libs/contracts';
import { ApiError } from './api-error.js';
import { Deadline } from './deadline.js';

export interface BudgetSize {
  rows: number;
  /** Approximate UTF-8 bytes of the answer. */
  bytes: number;
  /** Milliseconds that the operation may take. */
  ms: number;
}

/** For a query or a mutation. */
export const requestBudget: BudgetSize = {
  rows: limits.operationRows,
  bytes: limits.operationBytes,
  ms: limits.operationMs,
};

/** For one event of a subscription. */
export const eventBudget: BudgetSize = {
  ...requestBudget,
  // After a takeover thousands of snapshots wait their turn; refusing them would only make clients ask again.
  ms: 60_000,
};

/** Extra time for a long run, per byte: it is folded in turn with others and looked up. Far more than it needs alone. */
const longRunMsPerByte = 1_000 / 1024 / 1024;

/** Concurrent reads of one operation. A page of rows, so that reads of one page are still batched. */
const readsAtOnce = limits.pageSize;

export class OperationBudget {
  private rows = 0;
  private bytes = 0;
  private longRunBytes = 0;
  private reading = 0;
  private readonly waiting: (() => void)[] = [];

  private readonly deadline: Deadline;

  constructor(private readonly size: BudgetSize = requestBudget) {
    this.deadline = new Deadline(size.ms);
  }

  /** Whether the operation has exceeded its rows, bytes or time. */
  get exceeded(): boolean {
    return this.isOverdrawn || this.deadline.missed;
  }

  private get isOverdrawn(): boolean {
    return this.rows > this.size.rows || this.bytesLeft < 0;
  }

  /** Bytes that may still be charged; negative when exceeded. */
  get bytesLeft(): number {
    return this.size.bytes + this.longRunBytes - this.bytes;
  }

  /**
   * Raises the budget for the messages of a run that is too long for a page and cannot be split: by this many bytes, and
   * the time they take. Happens once per operation, however many such pages it asks for; later calls change nothing.
   */
  makeRoomForLongRun(bytes: number): void {
    if (this.longRunBytes > 0) return;
    this.longRunBytes = bytes;
    this.deadline.extend(bytes * longRunMsPerByte);
  }

  /** Resolves as `work` does; rejects with UNAVAILABLE when that takes longer than the operation may. */
  within<T>(work: Promise<T>): Promise<T> {
    return this.deadline.within(work);
  }

  /**
   * Starts `read` at once, or as soon as fewer reads of this operation are in flight. A read that has not started when the
   * budget is exceeded never does; otherwise thousands would run for an answer that is never sent. Throws as `check` does.
   */
  read(read: () => unknown): unknown {
    this.check();
    if (this.reading >= readsAtOnce) {
      const turn = new Promise<void>((resolve) => this.waiting.push(resolve));
      return this.within(turn.then(() => this.begin(read)));
    }
    const value = this.begin(read);
    return value instanceof Promise ? this.within(value) : value;
  }

  private begin(read: () => unknown): unknown {
    this.reading += 1;
    let value: unknown;
    try {
      this.check();
      value = read();
    } finally {
      if (value instanceof Promise) value.then(this.ended, this.ended);
      else this.ended();
    }
    return value;
  }

  private readonly ended = (): void => {
    this.reading -= 1;
    this.waiting.shift()?.();
  };

  /** Throws LIMIT_EXCEEDED when the budget is exceeded, UNAVAILABLE when the time is up. Call it before starting work. */
  check(): void {
    if (this.isOverdrawn) throw this.refusal;
    this.deadline.check();
  }

  /** Charges rows and bytes. Throws as `check` does, on this and every later call, once the charge exceeds what is left. */
  charge(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
    if (this.isOverdrawn) this.deadline.giveUp(this.refusal);
    this.check();
  }

  /** The error for an operation that exceeds its budget. */
  get refusal(): ApiError {
    if (!this.isOverdrawn) return this.deadline.refusal;
    const { rows, bytes } = this.size;
    const most = `${rows} rows or ${bytes / 1024 / 1024} MiB`;
    const message = `The answer is larger than ${most}. Ask for less at once; a change that was asked for may have been made all the same.`;
    return new ApiError('LIMIT_EXCEEDED', message);
  }
}
