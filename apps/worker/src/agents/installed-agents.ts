/** The agents that this worker runs: one line each. What they are given stands in agent-services.ts. */
import { createFlightBooking, createPostAuthor, createWorkflowBuilder } from '#libs/agents';
import type { AgentFactory } from './agents.module.js';

export const installedAgents: readonly AgentFactory[] = [createWorkflowBuilder, createPostAuthor, createFlightBooking];
