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
}

/** Of a query or a mutation. */
export const requestBudget: BudgetSize = { rows: limits.operationRows, bytes: limits.operationBytes };

/** Of one event of a subscription: a snapshot has to bring along the message of a run, however long that is. */
export const eventBudget: BudgetSize = {
  rows: limits.operationRows,
  bytes: limits.operationBytes + limits.runBytes,
};

export class OperationBudget {
  private rows = 0;
  private bytes = 0;

  constructor(
    private readonly size: BudgetSize = requestBudget,
    private readonly deadline: Deadline = new Deadline(),
  ) {}

  /** Whether the operation has asked for too much or taken too long. */
  get exceeded(): boolean {
    return this.isOverdrawn || this.deadline.missed;
  }

  private get isOverdrawn(): boolean {
    return this.rows > this.size.rows || this.bytes > this.size.bytes;
  }

  /** Bytes that may still be charged; negative when exceeded. */
  get bytesLeft(): number {
    return this.size.bytes - this.bytes;
  }

  /** What `work` resolves to; UNAVAILABLE when that takes longer than the operation may. */
  within<T>(work: Promise<T>): Promise<T> {
    return this.deadline.within(work);
  }

  /** Throws LIMIT_EXCEEDED when there is nothing left, UNAVAILABLE when there is no time left. To be asked before work begins. */
  check(): void {
    if (this.isOverdrawn) throw this.refusal;
    this.deadline.check();
  }

  /** Throws as `check` does, now and ever after, when it is more than is left. */
  charge(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
    this.check();
  }

  /** What an operation that exceeds its budget is answered with. */
  get refusal(): ApiError {
    if (!this.isOverdrawn) return this.deadline.refusal;
    const { rows, bytes } = this.size;
    const most = `${rows} rows or ${bytes / 1024 / 1024} MiB`;
    return new ApiError('LIMIT_EXCEEDED', `The answer is larger than ${most}. Ask for less at once.`);
  }
}
