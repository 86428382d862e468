/** Finds answers that no caller waits for. */
import { type LintContext, nameOf } from '../graph-issue.js';

/** Triggers whose caller can receive an answer. */
const ANSWERABLE = new Set(['trigger.webhook', 'trigger.form', 'trigger.chat']);

export function checkAnswers({ graph, structure, report }: LintContext): void {
  const [trigger] = structure.triggers;
  if (!trigger || structure.triggers.some((node) => ANSWERABLE.has(node.type))) return;
  for (const node of graph.nodes) {
    if (node.type !== 'logic.respond') continue;
    report(
      'NOTHING_TO_ANSWER',
      `${nameOf(node)} answers the caller, but ${nameOf(trigger)} has none. Start with a webhook, form or chat trigger, or send a message instead.`,
      { nodeId: node.id },
    );
  }
}
