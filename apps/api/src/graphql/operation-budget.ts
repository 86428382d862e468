/**
 * What one operation may read, answer and wait for. Owns the count; resolvers are charged for every row that they read and for
 * everything that goes into the answer, so neither aliases nor nesting get past it.
 */
import { limits } from '#libs/contracts';
import { ApiError } from './api-error.js';
import { Deadline } from './deadline.js';

export interface BudgetSize {
  rows: number;
  /** UTF-8 bytes of the answer, about. */
  bytes: number;
  /** Milliseconds that it may take. */
  ms: number;
}

/** Of a query or a mutation. */
export const requestBudget: BudgetSize = {
  rows: limits.operationRows,
  bytes: limits.operationBytes,
  ms: limits.operationMs,
};

/** Of one event of a subscription. */
export const eventBudget: BudgetSize = {
  ...requestBudget,
  // After a takeover thousands of snapshots wait their turn; refusing them would only have all of them asked for again.
  ms: 60_000,
};

/** What a long run may take for each byte of it: to be folded in turn with others, and looked up. Much more than it needs alone. */
const longRunMsPerByte = 1_000 / 1024 / 1024;

/** Reads of one operation that are under way at the same time. A page of rows, so that what is read in batches still is. */
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

  /** Whether the operation has asked for too much or taken too long. */
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
   * Makes room for the messages of a run that is too long for a page and cannot be cut: so many bytes more, and the time
   * that they take. Once in an operation, however many such pages it asks for; later calls change nothing.
   */
  makeRoomForLongRun(bytes: number): void {
    if (this.longRunBytes > 0) return;
    this.longRunBytes = bytes;
    this.deadline.extend(bytes * longRunMsPerByte);
  }

  /** What `work` resolves to; UNAVAILABLE when that takes longer than the operation may. */
  within<T>(work: Promise<T>): Promise<T> {
    return this.deadline.within(work);
  }

  /**
   * Begins `read` at once, or when fewer reads of this operation are under way. One that is still to begin when the budget is
   * spent never does: otherwise thousands would be carried out for an answer that nobody gets. Throws as `check` does.
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

  /** Throws LIMIT_EXCEEDED when there is nothing left, UNAVAILABLE when there is no time left. To be asked before work begins. */
  check(): void {
    if (this.isOverdrawn) throw this.refusal;
    this.deadline.check();
  }

  /** Throws as `check` does, now and ever after, when it is more than is left. */
  charge(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
    if (this.isOverdrawn) this.deadline.giveUp(this.refusal);
    this.check();
  }

  /** What an operation that exceeds its budget is answered with. */
  get refusal(): ApiError {
    if (!this.isOverdrawn) return this.deadline.refusal;
    const { rows, bytes } = this.size;
    const most = `${rows} rows or ${bytes / 1024 / 1024} MiB`;
    const message = `The answer is larger than ${most}. Ask for less at once; a change that was asked for may have been made all the same.`;
    return new ApiError('LIMIT_EXCEEDED', message);
  }
}
