/**
 * Every duration that keeps runs alive, in one place, each with what changing it does. Milliseconds unless named.
 */
export const timings = {
  /** How long a worker counts as alive without renewing its lease. Shorter: what a stopped worker holds is taken over sooner. */
  leaseMs: 20_000,
  /**
   * For how long the lease is renewed although the event loop gives no sign of life. Shorter: a worker that computes for that
   * long, or gets hardly any time on an overloaded machine, loses its runs.
   */
  loopSilenceMs: 60_000,
  /** How often a worker renews its lease and learns which others there are. */
  leaseRenewMs: 1_000,
  /** How often the event loop of a worker gives a sign of life. */
  signOfLifeMs: 250,
  /** For how long a worker must have been alive to judge others by their leases. Longer than all take to renew theirs. */
  leaseJudgeMs: 5_000,
  /** How often a worker looks whether the others' connections stand. */
  peerLookMs: 50,
  /** How long a connection may be away before its worker counts as dead. Longer than it takes to connect again. */
  peerGraceMs: 200,
  /**
   * How long a worker that nobody has seen alive may be missing in Redis and renew no lease, before it counts as dead: there
   * may have been no other when it died. Longer than `leaseRenewMs`.
   */
  peerSilentMs: 3_000,
  /**
   * How long a job's lock lives without renewal. It protects nothing, because Postgres decides who works on a run: when it
   * runs out, the job is delivered once more. Longer: jobs of a worker that died before it claimed their runs come later.
   */
  jobLockMs: 10_000,
  /** How often workers look for jobs whose lock ran out. */
  jobStalledCheckMs: 2_000,
  /**
   * How often a stalled job may be picked up again before BullMQ fails it. Postgres holds the real budget, so this only
   * has to be out of the way.
   */
  jobMaxStalledCount: 1_000,
  /** How often an attempt asks whether it still holds its run. Longer: a fenced worker notices later. */
  claimCheckMs: 800,
  /** How often every worker looks for runs without a live job and for terminal events that are not published. */
  reconcileMs: 2_000,
  /** How often every worker removes what has expired. Longer: a fresh setting takes longer to work off what there is. */
  retentionMs: 60_000,
  /** A run younger than this is left to the submit that is just enqueueing it. */
  reconcileGraceMs: 2_000,
  /**
   * The longest wait whose end is awaited by the worker that let go of the run. The ends of longer ones are found by the
   * reconciler, up to `reconcileMs` late. Longer: more of them end in time, and timers of waits that were answered or
   * canceled stay in memory for as long.
   */
  wakeUpMaxMs: 60_000,
  /** Upper bound on the age of the stored message while text flows. Shorter: more writes, cheaper refreshes. */
  checkpointMs: 500,
  /** How long a shutting-down worker gives its runs to hand themselves back. */
  shutdownMs: 8_000,
  /** How long an enqueue may take; the reconciler does it later when it fails. */
  enqueueMs: 1_000,
  /**
   * How long a write under a claim is tried again while Postgres is away. Longer than a restart of it takes, or than a machine
   * stands still under load. Whoever takes the run over meanwhile fences it.
   */
  storePatienceMs: 120_000,
  /**
   * How long a replay waits for the next stored step after the agent has asked for one that comes later. Longer: a run
   * on another path fails later. Shorter: code that waits between two steps is taken for another path.
   */
  replayDivergedMs: 1_000,
  /** How long a replay waits for the next stored step while the agent may still get there. Then the run is handed back. */
  replayStallMs: 30_000,
  /** From the first packet to a model's provider until the connection stands, TLS included. */
  modelConnectMs: 10_000,
  /** The whole of one model call. */
  modelTotalMs: 10 * 60_000,
  /** From the request to the first content of a model's answer, connecting included. */
  modelFirstChunkMs: 60_000,
  /** The same for a server of one's own, which may have to load the model from a disk first. */
  coldModelFirstChunkMs: 5 * 60_000,
  /** The longest silence inside a model's answer: no byte of it, not even a comment of the event stream. */
  modelIdleMs: 30_000,
  /** The whole of a model call that takes a decision, such as which way an agent goes. Longer: a run begins later. */
  decisionTotalMs: 30_000,
  /** The whole of the one call that asks for a title. Longer: the prompt of a finished run stays locked for longer. */
  titleTotalMs: 10_000,
  /** How long a tool waits for one address of the api before it asks the next. Longer: a silent one holds runs up for longer. */
  apiTryMs: 3_000,
  /** One call of a tool. */
  toolTotalMs: 60_000,
  /** First delay before a failed step is tried again; doubles each time. What is waited is between half of it and the whole. */
  retryBaseMs: 500,
  retryMaxMs: 15_000,
  /** The longest `Retry-After` that is obeyed inside a worker. */
  retryAfterMaxMs: 60_000,
  /** How long Redis keeps the log of a finished run. */
  streamRetentionMs: 60 * 60_000,
  /** How often a tail compares its place with the stream's, in case the last message was lost. */
  tailCheckMs: 2_000,
} as const;

/** How long a run that was handed back, though its worker goes on, is held back: what it was handed back for may last. */
export const HANDED_BACK_DELAY_MS = 250;

/** How often a failed step is tried again before the run fails. */
export const STEP_RETRIES = 3;

/** Attempts that may be lost in a row, without a completed step, before the run fails. The last of them is made alone. */
export const MAX_ATTEMPTS_WITHOUT_PROGRESS = 3;
