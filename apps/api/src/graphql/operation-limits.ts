/** What an operation may look like, over HTTP and WebSocket alike. Each number says what it would cost to raise it. */
import { limits } from '#libs/contracts';

export const operationLimits = {
  /** Lexical tokens of a document. The introspection query of an IDE has about 500. Validation grows with them. */
  tokens: 1_500,
  /** Levels of fields; fragments add none. */
  depth: 14,
  aliases: 30,
  /** Fields with their weights, multiplied by page sizes. A whole workflow costs about 3,000. */
  cost: 20_000,
  /** Rows that one path may ask for. Two full pages, one in the other. */
  rows: limits.pageSize ** 2,
  /**
   * Pairs of fields with the same response name, which validation compares: each takes it a few microseconds. Names of plain
   * values may repeat some 400 times, fields with a selection of their own about 100 times.
   */
  comparisons: 10_000,
  /** Faults of one document that are told before validation stops. */
  faults: 20,
} as const;
