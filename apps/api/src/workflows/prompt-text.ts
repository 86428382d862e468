/** Validates prompts, titles, agent names, idempotency keys and time zones, without a database. */
import { bundledAgents, cleanText, DEFAULT_AGENT, isBlank, knownTimeZone, limits, titleText } from '#libs/contracts';
import { type UserErrorObject, userError } from '../graphql/user-error.type.js';
import type { SubmitPromptInput } from './workflow-mutations.type.js';

export interface CleanSubmission {
  prompt: string;
  agent: string;
  idempotencyKey: string | null;
  timeZone: string | null;
}

export type Cleaned<T> = { kind: 'clean'; value: T } | { kind: 'refused'; errors: UserErrorObject[] };

/** Checks everything about a submission that needs no database. Reports all errors at once. */
export function cleanSubmission(input: SubmitPromptInput): Cleaned<CleanSubmission> {
  const prompt = cleanText(input.prompt);
  const agent = input.agent ?? DEFAULT_AGENT;
  const idempotencyKey = input.idempotencyKey ?? null;
  const zone = input.timeZone ?? null;
  const timeZone = zone === null ? null : knownTimeZone(zone);
  const errors = [
    ...promptErrors(prompt),
    ...agentErrors(agent),
    ...keyErrors(idempotencyKey),
    ...(zone !== null && timeZone === null ? [unknownTimeZone()] : []),
  ];
  if (errors.length > 0) return { kind: 'refused', errors };
  return { kind: 'clean', value: { prompt, agent, idempotencyKey, timeZone } };
}

export function cleanTitle(text: string): Cleaned<string> {
  const title = titleText(text);
  const field = ['input', 'title'];
  if (isBlank(title)) return refused(userError('VALIDATION', 'A title needs at least one visible character.', field));
  if (title.length > limits.titleChars) {
    return refused(userError('VALIDATION', `A title may have at most ${limits.titleChars} characters.`, field));
  }
  return { kind: 'clean', value: title };
}

function refused(error: UserErrorObject): { kind: 'refused'; errors: UserErrorObject[] } {
  return { kind: 'refused', errors: [error] };
}

function promptErrors(prompt: string): UserErrorObject[] {
  const field = ['input', 'prompt'];
  if (isBlank(prompt)) return [userError('VALIDATION', 'Say what should be built: the prompt is empty.', field)];
  if (prompt.length <= limits.promptChars) return [];
  const message = `The prompt is too long: ${prompt.length} characters, and at most ${limits.promptChars} are allowed.`;
  return [userError('VALIDATION', message, field)];
}

function agentErrors(agent: string): UserErrorObject[] {
  if ((bundledAgents as readonly string[]).includes(agent)) return [];
  const message = `There is no agent of that name. Known agents: ${bundledAgents.join(', ')}.`;
  return [userError('VALIDATION', message, ['input', 'agent'])];
}

function keyErrors(key: string | null): UserErrorObject[] {
  if (key === null) return [];
  const usable = key.length >= 1 && key.length <= limits.idempotencyKeyChars && cleanText(key) === key;
  if (usable) return [];
  const message = `An idempotency key is 1 to ${limits.idempotencyKeyChars} characters without control characters or outer spaces.`;
  return [userError('VALIDATION', message, ['input', 'idempotencyKey'])];
}

function unknownTimeZone(): UserErrorObject {
  const message = 'There is no time zone of that name. Give an IANA name, such as Europe/Berlin, or none.';
  return userError('VALIDATION', message, ['input', 'timeZone']);
}
