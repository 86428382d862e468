/** Limits on the shape of an operation, over HTTP and WebSocket. Each says what raising it would cost. */
import { limits } from '#libs/contracts';

export const operationLimits = {
  /** Lexical tokens of a document. An IDE's introspection query has about 500. Validation time grows with them. */
  tokens: 1_500,
  /** Levels of fields; fragments add none. */
  depth: 14,
  aliases: 30,
  /** Fields with their weights, multiplied by page sizes. A whole workflow costs about 3,000. */
  cost: 20_000,
  /** Rows that one path may request: two full pages, one inside the other. */
  rows: limits.pageSize ** 2,
  /**
   * Pairs of fields with the same response name that validation compares, at a few microseconds each. Leaf field names may
   * repeat about 400 times, names of fields with a selection about 100 times.
   */
  comparisons: 10_000,
  /** Errors reported for one document before validation stops. */
  faults: 20,
} as const;
