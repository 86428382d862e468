/** Example prompts by agent: a short name for the chip, the full text for the field. */
import { ownValue } from '#libs/contracts';
import prompts from './example-prompts.json' with { type: 'json' };

export interface ExamplePrompt {
  name: string;
  prompt: string;
}

const examples: Readonly<Record<string, readonly ExamplePrompt[]>> = prompts;

/** Whether a text is one of the examples, unchanged. */
export function isExample(text: string): boolean {
  return Object.values(examples).some((list) => list.some((example) => example.prompt === text.trim()));
}

export function examplesOf(agent: string): readonly ExamplePrompt[] {
  return ownValue(examples, agent) ?? [];
}
