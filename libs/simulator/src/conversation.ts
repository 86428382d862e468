/**
 * What a model is given, whichever of the two wire formats it came in. Owns the shape and the questions that are asked of it (which is the
 * prompt, which call of the run is this); never plans, never touches the wire.
 */
import { createHash } from 'node:crypto';

export type ConversationItem =
  | { kind: 'user'; text: string }
  | { kind: 'assistant'; text: string }
  | { kind: 'call'; callId: string; name: string; arguments: string }
  | { kind: 'result'; callId: string; output: string };

export interface ToolDefinition {
  name: string;
  description: string;
  parameters: unknown;
}

/** The shape that an answer must have, as a JSON Schema (structured output). */
export interface OutputFormat {
  name: string;
  schema: unknown;
}

export interface Conversation {
  api: 'responses' | 'chat';
  model: string;
  /** System and developer texts, joined by blank lines. */
  instructions: string;
  items: ConversationItem[];
  tools: ToolDefinition[];
  /** `null` when the answer is free text. */
  outputFormat: OutputFormat | null;
  stream: boolean;
  /** The request asked for summaries of the reasoning (Responses API only). */
  wantsReasoningSummary: boolean;
  /** The request asked for the encrypted form of the reasoning, so that it can be sent back. */
  wantsEncryptedReasoning: boolean;
  /** Chat Completions send usage only on request; the Responses API always does. */
  wantsUsage: boolean;
}

/** How a message of the agent's loop starts when the linter still finds errors. */
export const REPAIR_PREFIX = 'The graph still has errors:';

/** How the messages start that loops of the bundled agents write. They belong to the run; none of them is a prompt. */
const loopPrefixes = [
  REPAIR_PREFIX,
  'The reviewer did not approve',
  'No draft was saved',
  'The traveller did not approve',
  'The traveller approved',
];

/** Whether an agent's loop wrote this message of the user's side. */
export function isFromLoop(text: string): boolean {
  return loopPrefixes.some((prefix) => text.startsWith(prefix));
}

/** The prompt of the current run: the last user message that the agent's loop did not write. Empty when there is none. */
export function lastPrompt(conversation: Conversation): string {
  const at = promptIndex(conversation.items);
  const item = at === -1 ? undefined : conversation.items[at];
  return item?.kind === 'user' ? item.text : '';
}

/** The planner's patterns go over a text many times, so it reads no more of one than this. */
const READ_CHARS = 4_000;

/** What the planner reads of a prompt: its beginning, without runs of blanks. */
export function readable(prompt: string): string {
  return prompt
    .replaceAll(/\s+/gu, (blanks) => (blanks.includes('\n') ? '\n' : ' '))
    .slice(0, READ_CHARS)
    .toWellFormed();
}

/** What was said and done since the prompt of the current run, in order. */
export function itemsOfRun(conversation: Conversation): ConversationItem[] {
  return conversation.items.slice(promptIndex(conversation.items) + 1);
}

/** The number of model calls that an item list holds the answers of: neighbouring texts and tool calls are one answer. */
export function countAssistantTurns(items: readonly ConversationItem[]): number {
  let turns = 0;
  let inTurn = false;
  for (const item of items) {
    const ofAssistant = item.kind === 'assistant' || item.kind === 'call';
    if (ofAssistant && !inTurn) turns += 1;
    inTurn = ofAssistant;
  }
  return turns;
}

/** A request without tools whose instructions speak of a title is the request for one. */
export function isTitleRequest(conversation: Conversation): boolean {
  return (
    conversation.tools.length === 0 &&
    conversation.outputFormat === null &&
    /\btitle\b/i.test(conversation.instructions)
  );
}

/** 32 hex digits that depend on the seed and on everything a model could base its answer on, and on nothing else. */
export function fingerprint(seed: string, conversation: Conversation): string {
  const { api, model, instructions, items, tools, outputFormat } = conversation;
  const given = [seed, api, model, instructions, items, tools];
  return createHash('sha256')
    .update(JSON.stringify(outputFormat === null ? given : [...given, outputFormat]))
    .digest('hex')
    .slice(0, 32);
}

function promptIndex(items: readonly ConversationItem[]): number {
  return items.findLastIndex((item) => item.kind === 'user' && !isFromLoop(item.text));
}
