/** What agents depend on: the model, the catalogue and the airline, created once from the worker's settings. */
import {
  type AirlineClient,
  createAirlineClient,
  createModelProvider,
  createNodeCatalogClient,
  type ModelProvider,
  type NodeCatalogClient,
} from '#libs/agents';
import type { Duration } from '#libs/engine';
import type { WorkerEnvironment } from '../environment.js';

export interface AgentServices {
  model: ModelProvider;
  catalog: NodeCatalogClient;
  /** `null` when none is connected. */
  airline: AirlineClient | null;
  /** How long to wait for a person's approval. */
  approvalTimeout: Duration;
}

export function createAgentServices(environment: WorkerEnvironment): AgentServices {
  const { model, simulated, modelConnectMs, apiUrls, serviceToken, airlineUrl, approvalMs } = environment;
  return {
    model: createModelProvider({ choice: model, simulated, connectTimeoutMs: modelConnectMs }),
    catalog: createNodeCatalogClient({ apiUrls, serviceToken }),
    airline: airlineUrl === null ? null : createAirlineClient(airlineUrl),
    approvalTimeout: approvalMs,
  };
}
