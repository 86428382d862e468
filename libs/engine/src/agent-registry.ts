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

  /** Throws unless exactly these agents are installed: a process that cannot execute the runs it gets must not start. */
  assertInstalled(names: readonly string[]): void {
    const missing = names.filter((name) => !this.agents.has(name));
    if (missing.length > 0) throw new Error(`No agent is installed for: ${missing.join(', ')}.`);
    const unknown = this.names().filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`No prompt can select these agents: ${unknown.join(', ')}.`);
  }

  find(name: string): AgentDefinition | null {
    return this.agents.get(name) ?? null;
  }

  names(): string[] {
    return [...this.agents.keys()];
  }
}
