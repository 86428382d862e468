/** Example prompts by agent: a short name for the chip, the full text for the field. */
export interface ExamplePrompt {
  name: string;
  prompt: string;
}

const workflows: readonly ExamplePrompt[] = [
  {
    name: 'Failed payments',
    prompt:
      'When a Stripe payment fails, tell #billing in Slack and open a Linear ticket for the account owner. If the customer pays more than $1,000 a month, also email the CFO.',
  },
  {
    name: 'Weekly sales summary',
    prompt:
      "Every Monday at 8, pull last week's orders from Postgres, summarise them with AI and email the summary to sales@acme.io.",
  },
  {
    name: 'Sort support mail',
    prompt:
      'New support email arrives: classify it as bug, billing or other. Bugs become GitHub issues, billing goes to Zendesk, the rest gets a polite auto reply.',
  },
  {
    name: 'Demo requests',
    prompt:
      'When somebody fills in the demo request form, enrich the company through our API, add the lead to HubSpot, and if it has more than 200 employees ask a person to approve before booking a call.',
  },
  {
    name: 'Invoices to accounting',
    prompt:
      'When an invoice PDF is uploaded, extract the supplier, amount and due date, and if the amount is over €5,000, require approval before it goes into the accounting system.',
  },
  {
    name: 'Low stock alerts',
    prompt:
      'Call our inventory API each hour. For each product below 10 pieces, create a purchase order and notify the buyer by Teams.',
  },
];

const posts: readonly ExamplePrompt[] = [
  { name: 'New feature', prompt: 'Write a post announcing that our app now works without a network connection.' },
  { name: 'With some facts', prompt: 'Research why bees matter for orchards and write a post about it.' },
  { name: 'We are hiring', prompt: 'Write a post saying that we’re hiring a gardener who likes software.' },
];

const flights: readonly ExamplePrompt[] = [
  { name: 'Weekend trip', prompt: 'Book a flight from Berlin to Lisbon on Friday under €400.' },
  { name: 'Two of us, direct', prompt: 'A direct flight from Vienna to Oslo tomorrow for 2 people.' },
  { name: 'Cheapest fare', prompt: 'The cheapest flight from Paris to Rome on Monday.' },
];

const examples: Readonly<Record<string, readonly ExamplePrompt[]>> = {
  'workflow-builder': workflows,
  'post-author': posts,
  'flight-booking': flights,
};

/** Whether a text is one of the examples, unchanged. */
export function isExample(text: string): boolean {
  return Object.values(examples).some((list) => list.some((example) => example.prompt === text.trim()));
}

export function examplesOf(agent: string): readonly ExamplePrompt[] {
  return Object.hasOwn(examples, agent) ? (examples[agent] ?? []) : [];
}
