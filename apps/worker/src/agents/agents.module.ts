/**
 * Registers agents: `AgentsModule.forRoot([createMyAgent], services)`. Owns the check that a worker has just the agents
 * that can be asked for; what an agent does is its own business.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { bundledAgents } from '#libs/contracts';
import { type AgentDefinition, AgentRegistry } from '#libs/engine';
import type { AgentServices } from './agent-services.js';

/** Makes an agent out of what the worker has. A function that needs less fits as well. */
export type AgentFactory = (services: AgentServices) => AgentDefinition;

@Module({})
export class AgentsModule {
  /** Throws, before anything is connected, when two agents have one name, one is missing, or nobody can ask for one. */
  static forRoot(factories: readonly AgentFactory[], services: AgentServices): DynamicModule {
    const agents = new AgentRegistry(factories.map((create) => create(services)));
    agents.assertInstalled(bundledAgents);
    return {
      module: AgentsModule,
      providers: [{ provide: AgentRegistry, useValue: agents }],
      exports: [AgentRegistry],
    };
  }
}
