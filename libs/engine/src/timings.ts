/** Every duration that keeps runs alive, with the effect of changing it. Milliseconds unless stated otherwise. */
export const timings = {
  /**
   * How long a worker counts as alive without renewing its lease. If shorter, the runs of a stopped worker are taken over
   * sooner.
   */
  leaseMs: 20_000,
  /**
   * For how long the lease is still renewed when the event loop shows no sign of life. If shorter, a worker that computes
   * for that long, or gets little CPU time on an overloaded machine, loses its runs.
   */
  loopSilenceMs: 60_000,
  /** How often a worker renews its lease and reads the list of other workers. */
  leaseRenewMs: 1_000,
  /** How often a worker's event loop gives a sign of life. */
  signOfLifeMs: 250,
  /** How long a worker must have been alive to judge others by their leases. Longer than any worker takes to renew its own. */
  leaseJudgeMs: 5_000,
  /** How often a worker checks whether the other workers' connections are up. */
  peerLookMs: 50,
  /** How long a connection may be down before its worker counts as dead. Longer than a reconnect takes. */
  peerGraceMs: 200,
  /**
   * How long a worker that was never seen alive may be missing in Redis without renewing its lease, before it counts as
   * dead: there may have been no other worker when it died. Longer than `leaseRenewMs`.
   */
  peerSilentMs: 3_000,
  /**
   * How long a job's lock lives without renewal. It protects nothing, because Postgres decides who holds a run: when the
   * lock expires, the job is delivered once more. If longer, jobs of a worker that died before it claimed their runs are
   * delivered later.
   */
  jobLockMs: 10_000,
  /** How often workers look for jobs with expired locks. */
  jobStalledCheckMs: 2_000,
  /**
   * How often a stalled job may be picked up again before BullMQ fails it. Postgres holds the real limit, so this one is
   * out of reach.
   */
  jobMaxStalledCount: 1_000,
  /** How often an attempt checks whether it still holds its run. If longer, a fenced worker notices later. */
  claimCheckMs: 800,
  /** How often every worker looks for runs without a live job and for unpublished terminal events. */
  reconcileMs: 2_000,
  /** How often every worker deletes expired data. If longer, a new retention setting takes longer to have its full effect. */
  retentionMs: 60_000,
  /** A run younger than this is left alone, because its submission may be about to enqueue it. */
  reconcileGraceMs: 2_000,
  /**
   * The longest wait whose end the worker that suspended the run awaits itself. The reconciler finds the ends of longer
   * ones, up to `reconcileMs` late. If longer, more waits end in time, but timers of waits that were answered or canceled
   * stay in memory for as long.
   */
  wakeUpMaxMs: 60_000,
  /** Maximum age of the stored message while text is streamed. If shorter, there are more writes, but refreshes are cheaper. */
  checkpointMs: 500,
  /**
   * How long the last result of a run may wait for the stream, to be stored together with the end of the run. If longer, a
   * worker that dies while Redis is away has its last step executed again more often.
   */
  resultInHandMs: 50,
  /** How long a worker that shuts down gives its runs to hand themselves back. */
  shutdownMs: 8_000,
  /** How long an enqueue may take; if it fails, the reconciler does it later. */
  enqueueMs: 1_000,
  /**
   * How long a write under a claim is retried while Postgres is away. Longer than a restart of Postgres, or than a machine
   * stands still under load. If the run is taken over meanwhile, the write is fenced.
   */
  storePatienceMs: 120_000,
  /**
   * How long a replay waits for the next stored step after the agent has asked for one that comes later. If longer, a run
   * on another path fails later. If shorter, code that waits between two steps is mistaken for another path.
   */
  replayDivergedMs: 1_000,
  /** How long a replay waits for the next stored step while the agent may still reach it. Then the run is handed back. */
  replayStallMs: 30_000,
  /** From the first packet to a model's provider until the connection is established, including TLS. */
  modelConnectMs: 10_000,
  /** One whole model call. */
  modelTotalMs: 10 * 60_000,
  /** From the request to the first content of a model's answer, including the connection. */
  modelFirstChunkMs: 60_000,
  /** The same for a self-hosted server, which may first have to load the model from disk. */
  coldModelFirstChunkMs: 5 * 60_000,
  /** The longest silence inside a model's answer: no byte, not even a comment of the event stream. */
  modelIdleMs: 30_000,
  /**
   * How long pieces of one answer wait for those of others while several arrive. If longer, a busy worker uses less CPU and
   * its entries hold more pieces, but their viewers see texts that much later. An answer that is alone never waits.
   */
  gatherMs: 25,
  /** An answer that was silent for longer does not wait, because somebody waits for its next piece. */
  gatherPauseMs: 100,
  /** One whole model call that makes a decision, such as which path an agent takes. If longer, runs may begin later. */
  decisionTotalMs: 30_000,
  /** The one model call that asks for a title. If longer, the prompt of a finished run may stay locked for longer. */
  titleTotalMs: 10_000,
  /**
   * How long a tool waits for one API address before it tries the next. If longer, an unresponsive one delays runs for
   * longer.
   */
  apiTryMs: 3_000,
  /** One tool call. */
  toolTotalMs: 60_000,
  /**
   * First pause before a failed step is tried again; doubles each time. The actual pause is random, between half of it and
   * all of it.
   */
  retryBaseMs: 500,
  retryMaxMs: 15_000,
  /** The longest `Retry-After` that is waited out inside a worker. */
  retryAfterMaxMs: 60_000,
  /** How long Redis keeps the log of a finished run. */
  streamRetentionMs: 60 * 60_000,
  /**
   * The shortest and the longest time between two deliveries to the subscribers of a workflow that has many. If longer, each
   * gets fewer and larger messages, which is what they cost the api, but sees texts later.
   */
  flushMinMs: 40,
  flushMaxMs: 250,
  /** How often a tail compares its position with the stream's, in case the last message was lost. */
  tailCheckMs: 2_000,
} as const;

/** Delay before a run that was handed back by a running worker is delivered again, because the reason may persist. */
export const HANDED_BACK_DELAY_MS = 250;

/** How often a failed step is tried again before the run fails. */
export const STEP_RETRIES = 3;

/**
 * Attempts that may be lost in a row, without a completed step, before the run fails. The last of them runs alone in its
 * process.
 */
export const MAX_ATTEMPTS_WITHOUT_PROGRESS = 3;
