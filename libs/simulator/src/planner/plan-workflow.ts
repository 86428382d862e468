/**
 * From a prompt to a whole new graph. Owns the order: trigger, what its words ask for, the actions, and what must not be missing.
 */
import { approvalWords, recognise, toClauses, toSentences } from './clauses.js';
import { hasThreshold } from './condition-reader.js';
import { Draft } from './draft.js';
import type { GraphView, Plan } from './plan.js';
import { labelFrom, ownStart, plainPrompt } from './quantities.js';
import { readTrigger, type TriggerReading } from './trigger-reader.js';
import { WorkflowReader } from './workflow-reader.js';

const triggerQueries: Record<string, string> = {
  'trigger.manual': 'trigger started by hand',
  'trigger.schedule': 'schedule trigger',
  'trigger.webhook': 'webhook trigger',
  'trigger.form': 'form trigger',
  'trigger.email': 'email received trigger',
  'trigger.feed': 'RSS feed trigger',
  'trigger.file': 'file uploaded trigger',
  'trigger.database': 'database row trigger',
  'trigger.chat': 'chat message trigger',
};

/**
 * A plan for a graph that does not exist yet, or takes the place of `before`, whose ids it does not use. Always a graph that
 * can run, however little was understood.
 */
export function planWorkflow(prompt: string, before: GraphView = { nodes: [], edges: [] }): Plan {
  const text = plainPrompt(prompt);
  const trigger = readTrigger(text);
  const taken = before.nodes.map(({ id }) => id);
  let draft = new Draft(taken);
  draft.add('start', trigger.type, trigger.label, trigger.parameters);
  readActions(trigger, draft);
  if (trigger.guessed) draft.remarks.unshift(guessRemark(trigger));
  if (trigger.other !== undefined) draft.remarks.push(ownStart(trigger.other));
  const blank = draft.nodes.slice(1).every((node) => node.id.startsWith('aiStep'));
  if (blank && (trigger.guessed || draft.nodes.length === 1)) {
    draft = new Draft(taken);
    draft.add('start', trigger.type, trigger.label, trigger.parameters);
    drawFallback(draft, text);
  }
  return {
    kind: 'build',
    understood: summary(draft, trigger.label),
    nodes: draft.nodes,
    edges: draft.edges,
    changes: [],
    removals: [],
    disconnects: [],
    remarks: draft.remarks,
    queries: queriesFor(trigger.type, trigger.rest),
  };
}

/** The actions, and before them what the words for the trigger say on top: a loop over rows, a limit. */
function readActions({ type, clause, rest }: TriggerReading, draft: Draft): void {
  const reader = new WorkflowReader(draft);
  const rows = /\b(?:every|each|all|jede\w*|alle|chaque)\s+(?:the )?(rows?|lines?|zeilen?|lignes?)\b/iu.exec(
    clause,
  )?.[1];
  if (rows !== undefined) reader.openLoop('row', draft.facts.list ?? 'trigger.rows');
  const limited = hasThreshold(clause) && rows === undefined && type !== 'trigger.schedule';
  const condition = clause.replace(/^\W*(?:when(?:ever)?|if|wenn|si|quand)\b/iu, '');
  reader.read(limited ? `If ${condition}, ${rest}` : rest);
}

/** The searches that the simulator makes before it draws: the trigger, and two of the actions. */
export function queriesFor(triggerType: string | undefined, text: string): string[] {
  const queries = triggerType === undefined ? [] : [triggerQueries[triggerType] ?? 'trigger'];
  for (const clause of toSentences(text).flatMap(toClauses)) {
    const query = recognise(clause)?.query ?? (approvalWords.test(clause) ? 'ask a person to approve' : undefined);
    if (query !== undefined && !queries.includes(query)) queries.push(query);
  }
  if (queries.length < 2) queries.push('AI write text');
  return queries.slice(0, 3);
}

function drawFallback(draft: Draft, prompt: string): void {
  const words = prompt.slice(0, 300).trim();
  draft.add('aiStep', 'ai.generate', 'Let a model work on it', {
    instructions: `Do what this request asks for, or say what is unclear: ${words === '' ? 'the request holds no words' : words}`,
    input: draft.facts.text,
  });
  draft.remarks.push(
    'I did not recognise a service or an action in this prompt, so this is only a small start: one AI step. ' +
      'Say what should start the workflow and what should happen, for example “Every Monday at 8, pull orders from Postgres and email a summary”.',
  );
}

function guessRemark({ type, unsaid }: TriggerReading): string {
  if (unsaid !== undefined) {
    return `“${labelFrom(unsaid, 'That time')}” is not in the graph: no schedule can say it, so a person starts the workflow by hand.`;
  }
  return type === 'trigger.manual'
    ? 'The prompt does not say what starts it, so a person starts it by hand.'
    : 'The prompt does not say where people write, so it starts with a message in the chat of the website.';
}

function summary(draft: Draft, trigger: string): string {
  const steps = draft.nodes.slice(1).map((node) => node.label.replace(/\?$/u, '').toLowerCase());
  return `It starts with “${trigger}”, then: ${steps.slice(0, 8).join(' → ')}${steps.length > 8 ? ' → …' : ''}.`;
}
