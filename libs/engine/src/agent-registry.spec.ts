import { describe, expect, it } from 'vitest';
import { defineAgent } from './agent.js';
import { AgentRegistry } from './agent-registry.js';

const agent = (name: string) => defineAgent(name, { run: async () => undefined });

describe('the registry of agents', () => {
  it('refuses two agents of one name', () => {
    expect(() => new AgentRegistry([agent('one'), agent('two'), agent('one')])).toThrow('"one"');
  });

  it('refuses a name that is no name', () => {
    for (const name of ['', 'Upper', 'with space', '-first', 'a'.repeat(65)]) {
      expect(() => agent(name)).toThrow("An agent's name");
    }
  });

  it('refuses to lack what can be asked for, and to hold what nobody can ask for', () => {
    const registry = new AgentRegistry([agent('one'), agent('two')]);
    expect(() => registry.assertInstalled(['one', 'two'])).not.toThrow();
    expect(() => registry.assertInstalled(['one', 'two', 'three'])).toThrow('three');
    expect(() => registry.assertInstalled(['one'])).toThrow('two');
  });
});
