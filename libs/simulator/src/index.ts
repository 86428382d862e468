/** An OpenAI-compatible model server that plans by rules. */
export type { RequestOutcome, SimulatedRequest } from './request-log.js';
export { SIMULATOR_MODEL, type Simulator, type SimulatorOptions, startSimulator } from './simulator.js';
