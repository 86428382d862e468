/** How the page names each agent and asks for a prompt. Names of unknown agents are made from their ids. */
import { ownValue } from '#libs/contracts';

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

const known: Readonly<Record<string, AgentLooks>> = {
  'workflow-builder': {
    word: 'Workflow',
    question: 'What do you want to automate?',
    promise: 'Describe it in your own words and watch the workflow being built.',
    label: 'What you want to automate',
    placeholder: 'When a payment fails, tell #billing in Slack and open a ticket…',
    followUp: { label: 'Your next change', placeholder: 'Ask for a change…' },
    draws: true,
  },
  'post-author': {
    word: 'Post',
    question: 'What do you want to say?',
    promise: 'Give a topic, review the draft, then approve it or ask for changes.',
    label: 'What the post is about',
    placeholder: 'Write a post announcing that our app now works offline…',
    followUp: { label: 'The next post', placeholder: 'Ask for another post…' },
    draws: false,
  },
  'flight-booking': {
    word: 'Flight',
    question: 'Where do you want to go?',
    promise: 'Tell us where from, where to, and when. You approve the price before anything is booked.',
    label: 'Which flight to book',
    placeholder: 'A flight from Berlin to Lisbon on Friday under €400…',
    followUp: { label: 'The next flight', placeholder: 'Ask for another flight…' },
    draws: false,
  },
};

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
