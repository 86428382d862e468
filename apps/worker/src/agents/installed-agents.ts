/** The agents that this worker runs, one line each. The services they get are in agent-services.ts. */
import { createFlightBooking, createPostAuthor, createWorkflowBuilder } from '#libs/agents';
import type { AgentFactory } from './agents.module.js';

export const installedAgents: readonly AgentFactory[] = [createWorkflowBuilder, createPostAuthor, createFlightBooking];
