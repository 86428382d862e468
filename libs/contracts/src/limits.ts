/** Limits on input and growth, in one place so that the API, the worker and the page agree. */
export const limits = {
  /** Characters of one prompt (UTF-16 code units, after trimming). */
  promptChars: 16_000,
  titleChars: 120,
  /** Earlier messages of the workflow that an agent gets (the newest). They are read with every claim of a run. */
  conversationMessages: 24,
  idempotencyKeyChars: 200,
  /**
   * Minimum time for which a used idempotency key is kept. If longer, repeats are recognised for longer, but the table
   * grows.
   */
  idempotencyKeyHours: 24,
  agentNameChars: 64,
  /** Characters of a password. If the minimum is lower, passwords are easier to guess. */
  passwordCharsMin: 10,
  passwordCharsMax: 128,
  /** Characters of an e-mail address (RFC 5321). */
  emailChars: 254,
  userNameChars: 80,
  /** Sessions of one user. The next sign-in ends the oldest. */
  sessionsPerUser: 50,
  sessionDays: 30,
  /** How long an invitation or a new password may be waited for. */
  invitationHours: 72,
  resetHours: 1,
  administratorLinkHours: 1,
  /** Invitations that nobody has accepted yet. */
  openInvitations: 200,
  /** Tool calls executed from one answer of a model. The others get an error as their result. */
  toolCallsPerAnswer: 64,
  /** Tool calls of one answer that run at the same time. If more, one run can starve others on the same worker. */
  toolCallsAtOnce: 8,
  /** Bytes of an answer to a hook. */
  hookPayloadBytes: 64 * 1024,
  /** Levels of objects and arrays in an answer to a hook. */
  hookPayloadDepth: 64,
  /** Maximum page size of every connection. */
  pageSize: 100,
  defaultPageSize: 20,
  /** Milliseconds within which a query, a mutation, an answer to a hook, or the start of a subscription must finish. */
  operationMs: 5_000,
  /** Rows that one operation of the API may read. */
  operationRows: 10_000,
  /** UTF-8 bytes of the answer to one operation of the API. */
  operationBytes: 8 * 1024 * 1024,
  /** Messages of a conversation in a snapshot, the newest. If more, fewer pages to load, but larger snapshots. */
  snapshotMessages: 50,
  /** UTF-8 bytes of chunks on one page of messages, unless its first run alone has more. */
  messagePageBytes: 1024 * 1024,
  /** Hooks shown of one run, the newest. */
  shownHooks: 100,
  /** UTF-8 bytes of one chunk in the stream. */
  chunkBytes: 256 * 1024,
  /** UTF-8 bytes of chunks that one step may produce. */
  stepBytes: 4 * 1024 * 1024,
  /** UTF-8 bytes of stream that one run may produce, over all its attempts. */
  runBytes: 32 * 1024 * 1024,
  /** More chunks than one attempt can send: `runBytes` of the shortest ones, of 16 bytes. */
  attemptChunks: 2 * 1024 * 1024,
  /** UTF-8 bytes of one workflow's log. A run begins only if earlier runs have used at most this minus `runBytes`. */
  workflowBytes: 64 * 1024 * 1024,
  /** UTF-8 bytes of a stored step input or output; larger ones are cut, with a note. */
  storedValueBytes: 256 * 1024,
} as const;
