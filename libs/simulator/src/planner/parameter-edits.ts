/**
 * Follow-ups that change a value of a node: a channel, an address, a schedule, a threshold, a duration, a language.
 */
import { recognise, toClauses, toSentences } from './clauses.js';
import { findNode } from './graph-walk.js';
import type { GraphView, Parameters, Plan, PlannedNode } from './plan.js';
import { labelFrom, NUMBER, readDuration, readNumber, readTime } from './quantities.js';
import { readMovedSchedule, readSchedule, type ScheduleReading } from './schedule-reader.js';

/** Words that speak of what starts the workflow, not of when something may be done. */
const starts = /\b(?:start|run|trigger|schedule|execute|begin|starte|lauf\w*|ausführ\w*|lance|exécute)\w*\b/iu;
const moves =
  /\b(?:make it|move|run|start|change|schedule|set|instead|rather|verschieb\w*|stattdessen|plutôt|déplace)\b/iu;
/** "From Monday to Tuesday" is another day here, not a range of days. */
const leavesDay = /\b(?:move|change|shift|switch|verschieb\w*|verleg\w*|déplace\w*)\b.*\b(?:from|von|du)\b/iu;
const adds = /\b(?:add|insert|also|another|füge|ergänze|ajoute)\b/iu;

/** The change that the prompt asks for, or `undefined` when it speaks of no value that is there. */
export function changeParameters(prompt: string, graph: GraphView): Plan | undefined {
  if (adds.test(prompt)) return undefined;
  return (
    channel(prompt, graph) ??
    address(prompt, graph) ??
    schedule(prompt, graph) ??
    duration(prompt, graph) ??
    threshold(prompt, graph) ??
    language(prompt, graph)
  );
}

function last(graph: GraphView, type: RegExp, prompt: string): PlannedNode | undefined {
  const fitting = graph.nodes.filter((node) => type.test(node.type));
  return fitting.length > 1 ? (findNode(prompt, { nodes: fitting, edges: [] }) ?? fitting.at(-1)) : fitting[0];
}

function change(node: PlannedNode, parameters: Parameters, understood: string, label?: string): Plan {
  return {
    kind: 'edit',
    understood,
    nodes: [],
    edges: [],
    changes: [{ id: node.id, parameters, ...(label === undefined ? {} : { label }) }],
    removals: [],
    disconnects: [],
    remarks: [],
    queries: [`${node.type} parameters`],
  };
}

function channel(prompt: string, graph: GraphView): Plan | undefined {
  const wanted = /#[\p{L}\d][\p{L}\d_-]*/giu;
  const name = prompt.match(wanted)?.at(-1);
  const node = last(graph, /^action\.slack$/u, prompt);
  if (name === undefined || node === undefined) return undefined;
  const old = String(node.parameters.channel);
  return change(node, { channel: name }, `“${node.label}” now goes to ${name}.`, node.label.replace(old, name));
}

function address(prompt: string, graph: GraphView): Plan | undefined {
  const wanted = prompt.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu)?.at(-1);
  const node = last(graph, /^action\.email$/u, prompt);
  if (wanted === undefined || node === undefined) return undefined;
  const old = String(node.parameters.to);
  return change(node, { to: wanted }, `“${node.label}” now goes to ${wanted}.`, node.label.replace(old, wanted));
}

function schedule(prompt: string, graph: GraphView): Plan | undefined {
  const trigger = graph.nodes.find((node) => node.type.startsWith('trigger.'));
  const leaves = leavesDay.test(prompt) ? movedSchedule(prompt, trigger) : undefined;
  const wanted = leaves ?? readSchedule(prompt) ?? movedSchedule(prompt, trigger);
  if (wanted === undefined || trigger === undefined) return undefined;
  const rest = `${prompt.slice(0, wanted.index)} ${prompt.slice(wanted.index + wanted.length)}`;
  const more = toSentences(rest)
    .flatMap(toClauses)
    .some((clause) => recognise(clause) !== undefined);
  const remarks = more ? ['I changed only when it starts. To add a step, say “also …”.'] : [];
  if (trigger.type === 'trigger.schedule') {
    const plan = change(trigger, { cron: wanted.cron }, `It now runs: ${inSentence(wanted.label)}.`, wanted.label);
    return { ...plan, remarks };
  }
  if (!starts.test(prompt)) return undefined;
  const id = graph.nodes.some((node) => node.id === 'schedule') ? 'scheduleTrigger' : 'schedule';
  const targets = graph.edges.filter((edge) => edge.source === trigger.id).map((edge) => edge.target);
  return {
    ...change(trigger, {}, `It now starts by the clock: ${inSentence(wanted.label)}.`),
    changes: [],
    removals: [trigger.id],
    nodes: [{ id, type: 'trigger.schedule', label: wanted.label, parameters: { cron: wanted.cron, timezone: 'UTC' } }],
    edges: targets.map((target) => ({ source: id, target })),
    remarks: [
      `What was read from “${trigger.label}” is not there any more: check the expressions that start with \`trigger\`.`,
    ],
    queries: ['schedule trigger'],
  };
}

/** "Make it Thursday at 4pm": another day or hour for what runs by the clock already. */
function movedSchedule(prompt: string, trigger: PlannedNode | undefined): ScheduleReading | undefined {
  const { cron } = trigger?.parameters ?? {};
  if (trigger?.type !== 'trigger.schedule' || typeof cron !== 'string' || !moves.test(prompt)) return undefined;
  return readMovedSchedule(prompt, cron);
}

function inSentence(label: string): string {
  return label.charAt(0).toLowerCase() + label.slice(1);
}

function duration(prompt: string, graph: GraphView): Plan | undefined {
  const wanted = readDuration(prompt);
  if (wanted === undefined || !/\b(?:wait|delay|timeout|pause|later|warte|attend\w*|give up|deadline)\b/iu.test(prompt))
    return undefined;
  const node = last(graph, /^logic\.wait$/u, prompt) ?? last(graph, /^logic\.approval$/u, prompt);
  if (node === undefined) return undefined;
  const name = node.type === 'logic.approval' || node.parameters.mode === 'webhook' ? 'timeout' : 'duration';
  const mode: Parameters = name === 'duration' ? { mode: 'duration' } : {};
  return change(
    node,
    { ...mode, [name]: wanted },
    `“${node.label}” now waits ${wanted}.`,
    labelFrom(`Wait ${wanted}`, node.label),
  );
}

function threshold(prompt: string, graph: GraphView): Plan | undefined {
  const match = new RegExp(
    `(?:to|at|over|above|below|under|than|be|auf|über|unter|à|de)\\s+[$€£]?\\s*(${NUMBER})`,
    'iu',
  ).exec(prompt);
  const wanted = readNumber(match?.[1] ?? '');
  const node = last(graph, /^logic\.(?:if|filter)$/u, prompt);
  const condition = node?.parameters.condition;
  if (wanted === undefined || node === undefined || typeof condition !== 'string') return undefined;
  const compares = /\b(?:threshold|limit|more|less|over|above|below|under|raise|lower|grenze|schwelle|seuil)\b/iu;
  const changes = /\b(?:change|set|make|ändere|setze)\b/iu;
  // "Make it Thursday at 4" speaks of a time.
  if (!compares.test(prompt) && (!changes.test(prompt) || readTime(prompt) !== undefined)) return undefined;
  const updated = condition.replace(/([<>]=?\s*)\d+(?:\.\d+)?/u, `$1${wanted}`);
  if (updated === condition) return undefined;
  return change(
    node,
    { condition: updated },
    `The condition is now \`${updated}\`.`,
    `${updated.replace(/^.*\.(\w+\s*[<>]=?)/u, '$1')}?`,
  );
}

function language(prompt: string, graph: GraphView): Plan | undefined {
  const wanted = /\b(German|French|Spanish|Italian|Japanese|English|Dutch|Portuguese|Polish)\b/iu.exec(prompt)?.[1];
  const node = last(graph, /^ai\.translate$/u, prompt);
  if (wanted === undefined || node === undefined) return undefined;
  const name = wanted.charAt(0).toUpperCase() + wanted.slice(1).toLowerCase();
  return change(node, { language: name }, `It now translates into ${name}.`, `Translate into ${name}`);
}
