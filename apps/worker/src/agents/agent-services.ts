/** What agents are made of: the model, the catalogue, the airline, made once from the worker's settings. */
import {
  type AirlineClient,
  createAirlineClient,
  createModelProvider,
  createNodeCatalogClient,
  type ModelProvider,
  type NodeCatalogClient,
} from '#libs/agents';
import type { Duration } from '#libs/engine';
import { modelChoiceOf, type WorkerEnvironment } from '../environment.js';

export interface AgentServices {
  model: ModelProvider;
  catalog: NodeCatalogClient;
  /** `null` when none is connected. */
  airline: AirlineClient | null;
  /** How long a person is waited for. */
  approvalTimeout: Duration;
}

export function createAgentServices(environment: WorkerEnvironment): AgentServices {
  const airlineUrl = airlineUrlOf(environment);
  return {
    model: createModelProvider({
      choice: modelChoiceOf(environment),
      simulated: environment.HOLDFAST_SIMULATED,
      connectTimeoutMs: environment.HOLDFAST_MODEL_CONNECT_SECONDS * 1_000,
    }),
    catalog: createNodeCatalogClient({
      apiUrls: environment.HOLDFAST_API_URL,
      serviceToken: environment.HOLDFAST_SERVICE_TOKEN,
    }),
    airline: airlineUrl === null ? null : createAirlineClient(airlineUrl),
    approvalTimeout: environment.HOLDFAST_APPROVAL_SECONDS * 1_000,
  };
}

/** The simulator brings an airline along; beside a real model, one has to be named, as `npm start` does. */
function airlineUrlOf(environment: WorkerEnvironment): string | null {
  if (environment.HOLDFAST_AIRLINE_URL) return environment.HOLDFAST_AIRLINE_URL;
  const simulatorUrl = environment.HOLDFAST_SIMULATED ? environment.OPENAI_BASE_URL : undefined;
  return simulatorUrl === undefined ? null : new URL(simulatorUrl).origin;
}
