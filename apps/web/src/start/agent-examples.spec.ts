import { describe, expect, it } from 'vitest';
import { bundledAgents } from '#libs/contracts';
import { agentLooks } from '../agents/agent-looks.js';
import { examplesOf } from './example-prompts.js';

describe('agentLooks', () => {
  it.each(bundledAgents)('has words and examples for the bundled agent %s', (agent) => {
    expect(agentLooks(agent).promise).not.toContain(agent);
    expect(examplesOf(agent).length).toBeGreaterThan(2);
  });

  it('spells out the name of an agent that it does not know', () => {
    expect(agentLooks('meal-planner')).toMatchObject({ word: 'Meal planner', draws: false });
    expect(agentLooks('constructor').word).toBe('Constructor');
    expect(examplesOf('meal-planner')).toEqual([]);
  });
});
