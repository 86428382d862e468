/**
 * What the executor is built from: the adapters behind the ports, the agents, a logger.
 */
import type { AgentRegistry } from './agent-registry.js';
import type { ModelTimeouts } from './model-call.js';
import type { ExecutorLogger } from './ports/logger.port.js';
import type { RunStore } from './ports/run-store.port.js';
import type { WorkflowStreamWriter } from './ports/workflow-stream.port.js';

export interface RunExecutorOptions {
  store: RunStore;
  stream: WorkflowStreamWriter;
  agents: AgentRegistry;
  logger: ExecutorLogger;
  modelTimeouts?: ModelTimeouts;
  /** Milliseconds for one call of a tool. */
  toolTimeoutMs?: number;
  /** What the tokens of hooks are derived from. Whoever shows or checks them needs the same. */
  hookSecret: string;
}
