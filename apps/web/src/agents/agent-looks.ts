/** How the page names each agent and asks for a prompt. Names of unknown agents are made from their ids. */
import { ownValue } from '#libs/contracts';
import bundled from './agent-looks.json' with { type: 'json' };

export interface AgentLooks {
  /** As one of several choices. */
  word: string;
  question: string;
  /** What the agent does with a prompt, as a sentence. */
  promise: string;
  label: string;
  placeholder: string;
  followUp: { label: string; placeholder: string };
  /** Whether it builds a graph, so that an empty canvas means something. */
  draws: boolean;
}

const known: Readonly<Record<string, AgentLooks>> = bundled;

export function agentLooks(agent: string): AgentLooks {
  const looks = ownValue(known, agent);
  if (looks) return looks;
  const words = agent.replaceAll('-', ' ');
  return {
    word: words.charAt(0).toUpperCase() + words.slice(1),
    question: 'What do you want done?',
    promise: `Your prompt goes to the agent “${agent}”.`,
    label: 'Prompt',
    placeholder: 'Describe it in your own words…',
    followUp: { label: 'Prompt', placeholder: 'What’s next…' },
    draws: false,
  };
}
