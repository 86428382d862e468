/**
 * The input of a model, independent of the two wire formats, and questions about it (which is the prompt, which call of the
 * run is this).
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

/** The format that an answer must have, as a JSON Schema (structured output). */
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
  /** Whether the request asks for summaries of the reasoning (Responses API only). */
  wantsReasoningSummary: boolean;
  /** Whether the request asks for the encrypted reasoning, so that it can be sent back. */
  wantsEncryptedReasoning: boolean;
  /** Chat Completions send usage only on request; the Responses API always does. */
  wantsUsage: boolean;
}

/** The start of the agent loop's message while the linter still finds errors. */
export const REPAIR_PREFIX = 'The graph still has errors:';

/** The starts of messages that the loops of bundled agents write. They belong to the run and are not prompts. */
const loopPrefixes = [
  REPAIR_PREFIX,
  'The reviewer did not approve',
  'No draft was saved',
  'The traveller did not approve',
  'The traveller approved',
];

/** Whether an agent's loop wrote this user message. */
export function isFromLoop(text: string): boolean {
  return loopPrefixes.some((prefix) => text.startsWith(prefix));
}

/** The prompt of the current run: the last user message that the agent's loop did not write. Empty when there is none. */
export function lastPrompt(conversation: Conversation): string {
  const at = promptIndex(conversation.items);
  const item = at === -1 ? undefined : conversation.items[at];
  return item?.kind === 'user' ? item.text : '';
}

/** The planner's patterns scan a text many times, so it reads at most this much of it. */
const READ_CHARS = 4_000;

/** The part of a prompt that the planner reads: its beginning, with whitespace collapsed. */
export function readable(prompt: string): string {
  return prompt
    .replaceAll(/\s+/gu, (blanks) => (blanks.includes('\n') ? '\n' : ' '))
    .slice(0, READ_CHARS)
    .toWellFormed();
}

/** Messages and calls since the prompt of the current run, in order. */
export function itemsOfRun(conversation: Conversation): ConversationItem[] {
  return conversation.items.slice(promptIndex(conversation.items) + 1);
}

/** The number of model calls whose answers the list contains: adjacent texts and tool calls are one answer. */
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

/** A request without tools whose instructions mention a title asks for a title. */
export function isTitleRequest(conversation: Conversation): boolean {
  return (
    conversation.tools.length === 0 &&
    conversation.outputFormat === null &&
    /\btitle\b/i.test(conversation.instructions)
  );
}

/** 32 hex digits that depend only on the seed and on everything that a model could base its answer on. */
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
