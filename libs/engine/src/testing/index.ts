/** The in-memory kit for tests of agents: no server, no waiting, no test framework. */
export {
  type AgentTest,
  type AgentTestOptions,
  createAgentTest,
  memoryAdapters,
  type TestRun,
} from './agent-test.js';
export { type Answer, type AskedCall, answeringModel } from './answering-model.js';
export { MemoryCommands } from './memory-commands.js';
export {
  type HookRecord,
  type RunRecord,
  type StepRecord,
  TestClock,
  type TryRecord,
  type WorkflowRecord,
} from './memory-records.js';
export { MemoryRunStore } from './memory-run-store.js';
export { MemoryWorkflowStream } from './memory-workflow-stream.js';
