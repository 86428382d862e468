/**
 * From a follow-up prompt to changes of the graph that is there. Owns the kinds of change that are understood: insert, append,
 * remove, replace, move, rename, change a parameter. Never redraws what the prompt does not speak of.
 */
import { branchesOf } from '#libs/graph';
import { approvalWords, recognise, toClauses, toSentences } from './clauses.js';
import { Draft } from './draft.js';
import { cutOff, factsAt, findNode, leaves } from './graph-walk.js';
import { changeParameters } from './parameter-edits.js';
import { type GraphView, type Plan, type PlannedEdge, type PlannedNode, sameEdge, type Tail } from './plan.js';
import { planWorkflow, queriesFor } from './plan-workflow.js';
import { plainPrompt } from './quantities.js';
import { healOrder, healReferences } from './reference-healing.js';
import { WorkflowReader } from './workflow-reader.js';

const removeWords =
  /\b(?:remove|delete|drop|get rid of|take out|entferne|lösche|streiche|supprime[rz]?|enlève|retire[rz]?)\b/iu;
const place =
  /\b(before|in front of|after|behind|following|vor|nach|hinter|avant|après)\s+(?:sending |posting )?((?:the |a |an |dem |der |den |die |das |la |le |les |l')?[^,.;:]+?)(?=\s+(?:that|which|to|der|die|das|qui|pour|and|und|et)\b|[,.;:]|$)/iu;
const addWords =
  /^\W*(?:please |also |and |then )*(?:add|insert|put in|put|include|füge?|ergänze|ajoute[rz]?|insère)\b\s*/iu;
const stepWords =
  /^(?:(?:a|an|another|one more|einen?|une?|the)\s+)?(?:new\s+)?(?:step|node|schritt|étape|knoten)?\s*(?:hinzu|ein)?\s*(?:that|which|to|der|die|das|qui|for)?\s*/iu;

const moveWords =
  /\b(?:move|shift|(?:put|place)(?=\s+the\b)|verschiebe|setze(?=\s+d(?:ie|en|as)\b)|déplace[rz]?|mets(?=\s+(?:le|la|l')))\b/iu;

/** A plan that edits the graph; of kind `nothing` when the prompt is not understood. */
export function planEdit(prompt: string, graph: GraphView): Plan {
  const text = plainPrompt(prompt);
  const readers = [startOver, rename, replaceOrRemove, move, onlyOnDays, changeParameters, onlyIf, insert];
  for (const read of readers) {
    const found = read(text, graph);
    if (found !== undefined) return found;
  }
  return nothing();
}

function plan(fields: Partial<Plan> & { understood: string }, prompt = ''): Plan {
  return {
    kind: 'edit',
    nodes: [],
    edges: [],
    changes: [],
    removals: [],
    disconnects: [],
    remarks: [],
    queries: queriesFor(undefined, prompt),
    ...fields,
  };
}

function nothing(): Plan {
  return { ...plan({ understood: 'I did not understand what to change.' }), kind: 'nothing' };
}

/** "Delete everything and start again with …": what follows is drawn as if nothing were there. */
function startOver(prompt: string, graph: GraphView): Plan | undefined {
  const match =
    /\b(?:start (?:again|over|anew|afresh)|begin again|from scratch|von vorne?|ganz neu|recommence\w*|à zéro)\b[\s,.:;-]*(?:with|and|mit|und|avec|et)?\s*/iu.exec(
      prompt,
    );
  const wanted = match && prompt.slice(match.index + match[0].length);
  if (!wanted || !/\p{L}{3}/u.test(wanted)) return undefined;
  return { ...planWorkflow(wanted, graph), removals: graph.nodes.map(({ id }) => id) };
}

function rename(prompt: string, graph: GraphView): Plan | undefined {
  const match =
    /\b(?:rename|call|benenne|nenne|renomme[rz]?)\s+(.+?)\s+(?:to|as|into|in|zu|en)\s+["'“«]?\s*(.+?)\s*["'”»]?\s*(?:um)?[.!]?$/iu.exec(
      prompt,
    );
  if (!match?.[1] || !match[2]) return undefined;
  const node = findNode(match[1], graph);
  if (node === undefined) return undefined;
  const label = match[2].slice(0, 100);
  return plan({ changes: [{ id: node.id, label }], understood: `“${node.label}” is now called “${label}”.` });
}

function replaceOrRemove(prompt: string, graph: GraphView): Plan | undefined {
  const swap =
    /\b(?:replace|swap|ersetze|remplace[rz]?)\s+(.+?)\s+(?:with|by|for|durch|par)\s+(.+)$/iu.exec(prompt) ??
    reversed(
      /\b(?:use|send|post|nimm|utilise)\s+(.+?)\s+(?:instead of|rather than|statt|anstelle von|au lieu d[eu'])\s+(.+)$/iu.exec(
        prompt,
      ),
    );
  if (swap?.[1] && swap[2]) {
    const node = findNode(swap[1], graph);
    return node && !node.type.startsWith('trigger.') ? substitute(node, swap[2], graph) : undefined;
  }
  if (!removeWords.test(prompt)) return undefined;
  const [what = '', ...others] = prompt.slice(removeWords.exec(prompt)?.index).split(/\s+(?:and|und|et)\s+|[,.;]\s*/iu);
  const node = findNode(what.replace(removeWords, ''), graph);
  if (node === undefined || node.type.startsWith('trigger.')) return undefined;
  const instead = others
    .filter((part) => part.trim() !== '')
    .join(' and ')
    .replace(/\b(?:instead|stattdessen|à la place)\b/giu, '')
    .trim();
  return substitute(node, instead, graph);
}

function reversed(match: RegExpExecArray | null): [string, string, string] | undefined {
  return match ? [match[0], match[2] ?? '', match[1] ?? ''] : undefined;
}

/** Takes a node out and, if something else was asked for, draws that in its place. */
function substitute(node: PlannedNode, instead: string, graph: GraphView): Plan {
  const incoming = graph.edges.filter((edge) => edge.target === node.id && edge.source !== node.id);
  const outgoing = graph.edges.filter((edge) => edge.source === node.id && edge.target !== node.id);
  const left: GraphView = {
    nodes: graph.nodes.filter(({ id }) => id !== node.id),
    edges: graph.edges.filter((edge) => edge.source !== node.id && edge.target !== node.id),
  };
  const draft = draftAt(incoming.map(toTail), left, graph);
  if (instead !== '') drawInto(draft, /\b(?:a|an)\b|^[\p{L} ]{2,20}$/iu.test(instead) ? withVerb(instead) : instead);
  const yes = outgoing.filter((edge) => edge.branch !== 'false' && edge.branch !== 'rejected');
  // Only what a yes leads to follows a removed decision; where a no alone leads on, that follows.
  const next = yes.length > 0 ? yes : outgoing;
  for (const tail of draft.tails) for (const edge of next) draft.edges.push({ ...tail, target: edge.target });
  const [first] = draft.nodes;
  const after = { nodes: [...left.nodes, ...draft.nodes], edges: [...left.edges, ...draft.edges] };
  return plan(
    {
      nodes: draft.nodes,
      edges: unique(draft.edges),
      removals: [node.id, ...cutOff(graph, after)],
      changes: healReferences(node, graph, left, draft),
      understood:
        first && instead !== ''
          ? `“${first.label}” takes the place of “${node.label}”.`
          : `“${node.label}” is gone; its neighbours are connected.`,
    },
    instead === '' ? node.label : instead,
  );
}

/** "Move the email before the Slack message": the same node at another place. Only a node with one way on can be moved. */
function move(prompt: string, graph: GraphView): Plan | undefined {
  const said = moveWords.exec(prompt);
  const where = said && place.exec(prompt);
  if (!said || !where?.[1] || !where[2]) return undefined;
  const what = prompt.slice(said.index + said[0].length, where.index);
  const node = findNode(what, graph);
  const anchor = findNode(where[2], graph);
  const outgoing = graph.edges.filter((edge) => edge.source === node?.id);
  const ways = new Set(outgoing.map(({ branch }) => branch));
  const stays = /^(?:trigger\.|logic\.(?:forEach|merge|errorHandler|stop)$)/u;
  if (!node || !anchor || node === anchor || ways.size > 1 || stays.test(node.type)) return nothing();
  const incoming = graph.edges.filter((edge) => edge.target === node.id);
  const joined = incoming.flatMap((edge) => outgoing.map(({ target }) => ({ ...toTail(edge), target })));
  const left = unique([
    ...graph.edges.filter(({ source, target }) => source !== node.id && target !== node.id),
    ...joined,
  ]);
  const side = isBefore(where[1]) && !anchor.type.startsWith('trigger.') ? 'before' : 'after';
  const around = left.filter((edge) => (side === 'before' ? edge.target : edge.source) === anchor.id);
  // Behind a node with branches it belongs on the first of them, not on all.
  const cut = side === 'before' ? around : around.filter(({ branch }) => branch === around[0]?.branch);
  const [way = branchesOf(node)?.[0]] = ways;
  const tail: Tail = way === undefined ? { source: node.id } : { source: node.id, branch: way };
  const [free] = branchesOf(anchor) ?? [];
  const end: Tail = free === undefined ? { source: anchor.id } : { source: anchor.id, branch: free };
  const enters = side === 'before' ? around.map(toTail) : cut.length > 0 ? uniqueTails(cut.map(toTail)) : [end];
  const targets = side === 'before' ? [anchor.id] : cut.map(({ target }) => target);
  const edges = unique([
    ...left.filter((edge) => !cut.includes(edge)),
    ...enters.map((from) => ({ ...from, target: node.id })),
    ...targets.map((target) => ({ ...tail, target })),
  ]);
  const added = edges.filter((edge) => !graph.edges.some((other) => sameEdge(edge, other)));
  if (added.length === 0 || cutOff(graph, { nodes: graph.nodes, edges }).length > 0) return nothing();
  return plan(
    {
      edges: added,
      disconnects: graph.edges.filter((edge) => !edges.some((other) => sameEdge(edge, other))),
      changes: healOrder(graph, { nodes: graph.nodes, edges }),
      understood: `“${node.label}” now stands ${side} “${anchor.label}”.`,
    },
    node.label,
  );
}

/** "Only email them if the total is over 500": a condition in front of a step. */
function onlyIf(prompt: string, graph: GraphView): Plan | undefined {
  const match = /^\W*only\s+(.+?)\s+(?:if|when)\s+(.+)$/iu.exec(prompt);
  const node = match?.[1] ? findNode(match[1], graph) : undefined;
  if (!match?.[2] || node === undefined || node.type.startsWith('trigger.')) return undefined;
  const condition = match[2];
  return around(node, 'before', graph, prompt, (_draft, reader) => reader.drawIf(condition, []));
}

/** "Only do this on weekdays": a condition behind a start that does not come by the clock. */
function onlyOnDays(prompt: string, graph: GraphView): Plan | undefined {
  const match =
    /\b(?:only|nur|seulement|uniquement)\b.*\b(weekends?|weekdays?|workdays?|working days|business days|werktags?|wochenenden?|jours ouvrés|week-ends?)\b/iu.exec(
      prompt,
    );
  const trigger = graph.nodes.find((node) => node.type.startsWith('trigger.'));
  if (!match?.[1] || trigger === undefined || trigger.type === 'trigger.schedule') return undefined;
  const free = /^w(?:eek-?e|ochene)/iu.test(match[1]);
  const isFree = 'formatDate(now, "EEEE") == "Saturday" || formatDate(now, "EEEE") == "Sunday"';
  const label = free ? 'On a weekend?' : 'On a weekday?';
  return around(trigger, 'after', graph, prompt, (draft) => {
    const node = draft.add('rightDay', 'logic.if', label, { condition: free ? isFree : `!(${isFree})` });
    draft.tails = [{ source: node.id, branch: 'true' }];
  });
}

function insert(prompt: string, graph: GraphView): Plan | undefined {
  // "Move the email up" speaks of a step that is there, at a place that is not named.
  if (
    moveWords.test(prompt) &&
    /\b(?:up|down|first|earlier|later|to the (?:top|start|beginning|front|end)|nach (?:oben|unten|vorne?|hinten)|vers le (?:haut|bas)|au début|à la fin|ans ende|an den anfang)\b/iu.test(
      prompt,
    )
  )
    return undefined;
  const match = place.exec(prompt);
  const node = match?.[2] ? findNode(match[2], graph) : undefined;
  const what = (
    node && match ? `${prompt.slice(0, match.index)} ${prompt.slice(match.index + match[0].length)}` : prompt
  )
    .replace(/^[\s,.;:]+/u, '')
    .trim();
  const step = what
    .replace(addWords, '')
    .replace(addWords.test(what) ? stepWords : /^$/u, '')
    .replace(
      /^(?:an? |eine |un )?(?:short )?(?:(?:ai|ki|ia)[ -])?(?:summary|zusammenfassung|résumé)$/iu,
      'Summarise it',
    )
    .replace(/\s+/gu, ' ')
    .trim();
  if (!understands(step)) return undefined;
  if (node !== undefined && match) {
    const side = isBefore(match[1] ?? '') && !node.type.startsWith('trigger.') ? 'before' : 'after';
    return around(node, side, graph, step, (draft, reader) => {
      if (approvalWords.test(step)) reader.drawApproval(step, side === 'before' ? node.label : undefined);
      else drawInto(draft, step);
    });
  }
  return append(step, graph);
}

function isBefore(word: string): boolean {
  return /^(?:before|in front|vor|avant)/iu.test(word);
}

function around(
  node: PlannedNode,
  side: 'before' | 'after',
  graph: GraphView,
  prompt: string,
  draw: (draft: Draft, reader: WorkflowReader) => void,
): Plan | undefined {
  const incoming = graph.edges.filter((edge) => edge.target === node.id);
  const outgoing = graph.edges.filter((edge) => edge.source === node.id);
  const moved = side === 'before' ? incoming : outgoing;
  const branches = new Set(outgoing.map((edge) => edge.branch));
  // Behind a node with branches the new step belongs on the first of them, not on all.
  const cut =
    side === 'after' && branches.size > 1 ? moved.filter((edge) => edge.branch === outgoing[0]?.branch) : moved;
  const after: Tail[] = cut.length > 0 ? uniqueTails(cut.map(toTail)) : [{ source: node.id }];
  const draft = draftAt(side === 'before' ? incoming.map(toTail) : after, graph);
  draw(draft, new WorkflowReader(draft));
  if (draft.nodes.length === 0) return undefined;
  const targets = side === 'before' ? [node.id] : [...new Set(cut.map((edge) => edge.target))];
  for (const tail of draft.tails) for (const target of targets) draft.edges.push({ ...tail, target });
  const labels = draft.nodes.map((added) => `“${added.label}”`).join(', ');
  return plan(
    {
      nodes: draft.nodes,
      edges: unique(draft.edges),
      disconnects: cut,
      understood: `${labels} now stands ${side} “${node.label}”.`,
      remarks: draft.remarks,
    },
    prompt,
  );
}

function append(step: string, graph: GraphView): Plan | undefined {
  const end = lastPlace(graph);
  if (end === undefined) return undefined;
  const draft = draftAt(end.tails, graph);
  drawInto(draft, step);
  if (draft.nodes.length === 0) return undefined;
  const labels = draft.nodes.map((node) => `“${node.label}”`).join(', ');
  return plan(
    {
      nodes: draft.nodes,
      removals: end.removals,
      edges: unique(draft.edges),
      understood: `${labels} comes at the end${end.label === undefined ? '' : `, after “${end.label}”`}.`,
      remarks: draft.remarks,
    },
    step,
  );
}

/** Where a path ends and something can follow; a stop gives way, a free branch is used when there is nothing else. */
function lastPlace(graph: GraphView): { tails: Tail[]; label?: string; removals: string[] } | undefined {
  const leaf = leaves(graph).at(-1);
  if (leaf) return { tails: [{ source: leaf.id }], label: leaf.label, removals: [] };
  for (const node of graph.nodes.toReversed()) {
    const used = graph.edges.filter((edge) => edge.source === node.id).map((edge) => edge.branch);
    const free = branchesOf(node)?.find((branch) => !used.includes(branch));
    if (free !== undefined) return { tails: [{ source: node.id, branch: free }], label: node.label, removals: [] };
    const before = graph.edges.filter((edge) => edge.target === node.id);
    if (node.type === 'logic.stop' && before.length > 0) {
      return { tails: before.map(toTail), removals: [node.id] };
    }
  }
  return undefined;
}

/** A draft that goes on at these places. No node of `before` gives its id away, also when the change removes it. */
function draftAt(tails: Tail[], graph: GraphView, before = graph): Draft {
  const draft = new Draft(before.nodes.map(({ id }) => id));
  draft.tails = tails;
  draft.facts = factsAt(tails, graph);
  return draft;
}

function drawInto(draft: Draft, text: string): void {
  const handling = /\b(?:error handl\w+|fehlerbehandlung|gestion des erreurs)\b/iu.test(text);
  new WorkflowReader(draft).read(handling ? 'If something fails, email the owner' : text);
}

/** A thing without a verb ("an SMS") is meant as sending it. */
function withVerb(text: string): string {
  return recognise(text) ? text.replace(/^(?:an? |einen? |une? )/iu, 'send $&') : text;
}

function understands(step: string): boolean {
  return toSentences(step)
    .flatMap(toClauses)
    .some(
      (clause) =>
        recognise(clause) !== undefined || approvalWords.test(clause) || /\bfails?\b|\berror handl/iu.test(clause),
    );
}

function toTail(edge: PlannedEdge): Tail {
  return edge.branch === undefined ? { source: edge.source } : { source: edge.source, branch: edge.branch };
}

function uniqueTails(tails: Tail[]): Tail[] {
  return tails.filter(
    (tail, index) => tails.findIndex((other) => other.source === tail.source && other.branch === tail.branch) === index,
  );
}

function unique(edges: PlannedEdge[]): PlannedEdge[] {
  const key = (edge: PlannedEdge) => JSON.stringify([edge.source, edge.branch ?? null, edge.target]);
  return edges.filter((edge, index) => edges.findIndex((other) => key(other) === key(edge)) === index);
}
