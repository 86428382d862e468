/**
 * The agents that this process can run. Owns their lookup by name.
 */
import type { AgentDefinition } from './agent.js';

export class AgentRegistry {
  private readonly agents = new Map<string, AgentDefinition>();

  /** Throws when two agents have the same name. */
  constructor(agents: readonly AgentDefinition[]) {
    for (const agent of agents) {
      if (this.agents.has(agent.name)) throw new Error(`Two agents are named "${agent.name}".`);
      this.agents.set(agent.name, agent);
    }
  }

  find(name: string): AgentDefinition | null {
    return this.agents.get(name) ?? null;
  }

  names(): string[] {
    return [...this.agents.keys()];
  }
}
