/**
 * Questions about an existing graph: which node is meant, what comes before it, what is known there. Pure.
 */
import { findNodeType } from '#libs/graph';
import { Facts } from './facts.js';
import type { GraphView, PlannedNode, Tail } from './plan.js';

/** Words that people use for a node, by its type. The first fitting row counts. */
const aliases: readonly (readonly [RegExp, RegExp])[] = [
  [/\bslack\b|#[\w-]+/iu, /^action\.slack$/u],
  [/\bteams\b/iu, /^action\.teams$/u],
  [/\btelegram\b/iu, /^action\.telegram$/u],
  [/\bsms\b|\btext message\b/iu, /^action\.sms$/u],
  [/\be-?mails?\b|\bmails?\b|\bcourriels?\b/iu, /^action\.email$/u],
  [/\bapproval|freigabe|approbation|sign-?off/iu, /^logic\.approval$/u],
  [/\blinear\b/iu, /^action\.linearIssue$/u],
  [/\bjira\b/iu, /^action\.jiraIssue$/u],
  [/\bgithub\b/iu, /^action\.githubIssue$/u],
  [/\bissue\b/iu, /Issue$/u],
  [/\bzendesk\b|\bticket\b/iu, /^action\.(?:zendeskTicket|linearIssue|jiraIssue)$/u],
  [/\bcrm\b|\bhubspot\b|\bsalesforce\b|\blead\b/iu, /^action\.crm$/u],
  [/\bsheet|spreadsheet|excel|tabelle/iu, /^action\.sheet$/u],
  [/\bnotion\b|\bpage\b/iu, /^action\.notionPage$/u],
  [/\bdatabase\b|\bpostgres\b|\bmysql\b|\bquery\b|datenbank/iu, /^action\.database$/u],
  [/\bsummar|zusammenfass|résumé/iu, /^ai\.summarise$/u],
  [/\btranslat|übersetz|tradu/iu, /^ai\.translate$/u],
  [/\bclassif/iu, /^ai\.classify$/u],
  [/\bextract/iu, /^ai\.extract$/u],
  [/\bai\b|\bki\b|\bia\b|\bmodel\b/iu, /^ai\./u],
  [/\bwait|delay|pause\b/iu, /^logic\.wait$/u],
  [/\bcondition|\bif\b|\bcheck|threshold|limit|bedingung/iu, /^logic\.if$/u],
  [/\bswitch|routing/iu, /^logic\.switch$/u],
  [/\bloop|for each\b/iu, /^logic\.forEach$/u],
  [/\bfilter/iu, /^logic\.filter$/u],
  [/\bmerge|join\b/iu, /^logic\.merge$/u],
  [/\brefund/iu, /^action\.stripeRefund$/u],
  [/\bcharge|payment\b/iu, /^action\.stripe/u],
  [/\bs3\b|upload/iu, /^action\.s3Upload$/u],
  [/\bcalendar|meeting|call\b|appointment/iu, /^action\.calendar$/u],
  [/\bhttp|api|request\b/iu, /^action\.http$/u],
  [/\banswer|respon/iu, /^logic\.respond$/u],
  [/\btrigger|schedule|webhook|start\b/iu, /^trigger\./u],
];

/** The node that the words speak of: by id, by its label, by what kind of thing it is. */
export function findNode(words: string, graph: GraphView): PlannedNode | undefined {
  const text = words.toLowerCase();
  const wanted: string[] = text.match(/[\p{L}\p{N}#@-]{3,}/gu) ?? [];
  const alias = aliases.find(
    ([pattern, type]) => pattern.test(words) && graph.nodes.some((node) => type.test(node.type)),
  );
  const scored = graph.nodes.map((node) => {
    const label = node.label.toLowerCase();
    const parameters = JSON.stringify(node.parameters).toLowerCase();
    let score = alias?.[1].test(node.type) ? 6 : 0;
    if (text.includes(label)) score += 8;
    if (wanted.includes(node.id.toLowerCase())) score += 8;
    for (const word of wanted) {
      if (stopWords.has(word)) continue;
      if (label.includes(word.replace(/s$/u, ''))) score += 2;
      else if (parameters.includes(word)) score += 1;
    }
    return { node, score };
  });
  const best = scored.reduce((left, right) => (right.score > left.score ? right : left), {
    node: undefined as PlannedNode | undefined,
    score: 1,
  });
  return best.node;
}

const stopWords = new Set(
  'the and that for step node message with from this then instead one der die das und les des une pour'.split(' '),
);

/** What is known right before the given places, learnt from everything that comes before them. */
export function factsAt(sources: readonly Tail[], graph: GraphView): Facts {
  const before = new Set<string>();
  const entered = new Set<string>();
  const queue: Tail[] = [...sources];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.branch === 'each') entered.add(next.source);
    if (before.has(next.source)) continue;
    before.add(next.source);
    queue.push(...graph.edges.filter((edge) => edge.target === next.source));
  }
  const facts = new Facts();
  const trigger = graph.nodes.find((node) => node.type.startsWith('trigger.'));
  if (trigger) facts.observe(trigger);
  for (const node of graph.nodes) {
    if (!before.has(node.id) || node === trigger) continue;
    if (node.type === 'logic.forEach' && !entered.has(node.id)) continue;
    facts.observe(node);
  }
  return facts;
}

/** Nodes at which a path ends and another step could follow; those behind an error handler only when there is nothing else. */
export function leaves(graph: GraphView): PlannedNode[] {
  const closed = /^logic\.(?:stop|if|switch|approval|forEach)$/u;
  const failing = reachableFrom(graph, (node) => node.type === 'logic.errorHandler');
  const ends = graph.nodes.filter(
    (node) => !graph.edges.some((edge) => edge.source === node.id) && !closed.test(node.type),
  );
  const regular = ends.filter((node) => !failing.has(node.id));
  return regular.length > 0 ? regular : ends;
}

/** Nodes that a path led to before a change and none leads to after it. */
export function cutOff(before: GraphView, after: GraphView): string[] {
  const isEntry = (node: PlannedNode) => findNodeType(node.type)?.entry === true;
  const reached = reachableFrom(after, isEntry);
  const left = new Set(after.nodes.map(({ id }) => id));
  return [...reachableFrom(before, isEntry)].filter((id) => left.has(id) && !reached.has(id));
}

function reachableFrom(graph: GraphView, isStart: (node: PlannedNode) => boolean): Set<string> {
  const reached = new Set(graph.nodes.filter(isStart).map((node) => node.id));
  for (const id of reached) {
    for (const edge of graph.edges) if (edge.source === id) reached.add(edge.target);
  }
  return reached;
}
