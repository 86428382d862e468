/**
 * Limits on what comes in and what may grow. One place, so that the API, the worker and the page agree.
 */
export const limits = {
  /** Characters of one prompt (UTF-16 code units, after trimming). */
  promptChars: 16_000,
  titleChars: 120,
  /** Earlier messages that an agent is given of its workflow, the newest. Each is read with every claim of a run. */
  conversationMessages: 24,
  idempotencyKeyChars: 200,
  /** How long a spent idempotency key is kept at least. Longer: repeats are recognised for longer, and the table grows. */
  idempotencyKeyHours: 24,
  agentNameChars: 64,
  /** Calls of tools that are carried out of one answer of a model. The others are answered as errors. */
  toolCallsPerAnswer: 64,
  /** Calls of one answer that run at the same time. More: one run can take a worker from its neighbours. */
  toolCallsAtOnce: 8,
  /** Bytes of an answer to a hook. */
  hookPayloadBytes: 64 * 1024,
  /** Levels of objects and arrays in an answer to a hook. */
  hookPayloadDepth: 64,
  /** Page size of every connection. */
  pageSize: 100,
  defaultPageSize: 20,
  /** Milliseconds in which a query, a mutation, an answer to a hook, or the start of a subscription is answered. */
  operationMs: 5_000,
  /** Rows that one operation of the API may read. */
  operationRows: 10_000,
  /** UTF-8 bytes that one operation of the API may answer. */
  operationBytes: 8 * 1024 * 1024,
  /** Messages of a conversation that a snapshot carries, the newest. More: fewer pages to load, larger snapshots. */
  snapshotMessages: 50,
  /** UTF-8 bytes of chunks that one page of messages holds, unless its first run alone has more. */
  messagePageBytes: 1024 * 1024,
  /** Hooks of one run that are shown, the newest. */
  shownHooks: 100,
  /** UTF-8 bytes of one chunk in the stream. */
  chunkBytes: 256 * 1024,
  /** UTF-8 bytes of chunks that one step may produce. */
  stepBytes: 4 * 1024 * 1024,
  /** UTF-8 bytes of the stream that one run may produce, all its attempts together. */
  runBytes: 32 * 1024 * 1024,
  /** UTF-8 bytes of the log of one workflow. A run begins on at most this less `runBytes` of earlier runs. */
  workflowBytes: 64 * 1024 * 1024,
  /** UTF-8 bytes of a stored step input or output; larger ones are cut with a note. */
  storedValueBytes: 256 * 1024,
} as const;
