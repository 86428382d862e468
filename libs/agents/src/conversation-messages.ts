/** The part of the workflow's conversation that the model sees. */
import type { ModelMessage } from 'ai';
import type { AgentContext } from '#libs/engine';

/** Maximum number of earlier messages that the model sees, newest first, and their total characters. */
const MAX_CONVERSATION = 12;
const MAX_CONVERSATION_CHARS = 40_000;

/** The newest messages of earlier runs, oldest first, followed by the prompt. */
export function conversationOf(context: AgentContext): ModelMessage[] {
  const earlier: ModelMessage[] = [];
  let chars = 0;
  for (const { role, text } of context.conversation.toReversed()) {
    chars += text.length;
    if (earlier.length >= MAX_CONVERSATION || chars > MAX_CONVERSATION_CHARS) break;
    if (text.trim() !== '') earlier.unshift({ role, content: text });
  }
  return [...earlier, { role: 'user', content: context.prompt }];
}
