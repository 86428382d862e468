/** The tool calls and results since the last message from the user's side, including messages that an agent's loop wrote. */
import type { Conversation, ConversationItem } from '../conversation.js';

export const NOT_A_MODEL =
  '_This answer comes from the built-in simulator, which works by rules; no language model was asked._';

export interface ToolUse {
  name: string;
  input: Record<string, unknown>;
  /** `null` while there is none, and when it is not an object (a failed call). */
  output: Record<string, unknown> | null;
}

export interface Round {
  /** The message that opened the round. */
  opening: string;
  uses: ToolUse[];
}

/** The calls since the last message from the user's side, with their results. */
export function currentRound({ items }: Conversation): Round {
  const at = items.findLastIndex((item) => item.kind === 'user');
  const opening = items[at];
  return { opening: opening?.kind === 'user' ? opening.text : '', uses: usesOf(items.slice(at + 1)) };
}

/** All calls of a conversation, oldest first. */
export function usesOf(items: readonly ConversationItem[]): ToolUse[] {
  const results = new Map<string, string>();
  for (const item of items) if (item.kind === 'result') results.set(item.callId, item.output);
  return items
    .filter((item) => item.kind === 'call')
    .map((call) => ({
      name: call.name,
      input: objectOf(call.arguments) ?? {},
      output: objectOf(results.get(call.callId) ?? ''),
    }));
}

function objectOf(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
