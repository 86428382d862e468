/**
 * What the executor is built from: the adapters behind the ports, the agents, a logger.
 */
import type { WorkerId } from '#libs/contracts';
import type { AgentRegistry } from './agent-registry.js';
import type { ModelTimeouts } from './model-call.js';
import type { ExecutorLogger } from './ports/logger.port.js';
import type { RunStore } from './ports/run-store.port.js';
import type { WorkflowStreamWriter } from './ports/workflow-stream.port.js';
import type { ReplayPatience } from './replay-history.js';

export interface RunExecutorOptions {
  store: RunStore;
  stream: WorkflowStreamWriter;
  agents: AgentRegistry;
  logger: ExecutorLogger;
  /** The name under which this process is alive, as of now. Without one, runs are not protected from other claims. */
  worker?: () => WorkerId;
  modelTimeouts?: ModelTimeouts;
  /** Milliseconds for one call of a tool. */
  toolTimeoutMs?: number;
  /**
   * Waits out the milliseconds between two tries of a step, and rejects with the signal's reason when it fires. Real time unless
   * told otherwise: a test may let it pass at once.
   */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a replay waits for an agent that does not ask for its next step; as the timings say unless told otherwise. */
  replayPatience?: ReplayPatience;
  /** What the tokens of hooks are derived from. Whoever shows or checks them needs the same. */
  hookSecret: string;
}
