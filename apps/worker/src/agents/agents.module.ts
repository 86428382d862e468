/**
 * Registers agents: `AgentsModule.forRoot([createMyAgent], services)`. Checks that the worker has exactly the agents that
 * the API accepts.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { bundledAgents } from '#libs/contracts';
import { type AgentDefinition, AgentRegistry } from '#libs/engine';
import type { AgentServices } from './agent-services.js';

/** Creates an agent from the worker's services. A function that takes fewer of them also fits. */
export type AgentFactory = (services: AgentServices) => AgentDefinition;

@Module({})
export class AgentsModule {
  /**
   * Throws, before anything is connected, when two agents share a name, one is missing, or one has a name that the API does
   * not accept.
   */
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
