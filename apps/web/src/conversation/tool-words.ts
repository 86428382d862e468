/** Describes tool calls for users. Inputs may be half-written or malformed. */
import { countedIssues, isSeverity } from '../canvas/issue-looks.js';
import { spelledOut } from '../design/spelled-out.js';
import { fieldsOf, listOf, numberIn, textIn } from '../fields.js';
import toolTitles from './tool-titles.json' with { type: 'json' };

/** `stopped`: the run ended before the call did. */
export type ToolPhase = 'running' | 'done' | 'stopped' | 'failed';

export interface ToolWords {
  /** The action, in progress or done. */
  title: string;
  /** What it acts on, if known. */
  subject: string | null;
}

function namesOf(items: readonly unknown[], ...keys: string[]): string | null {
  const names = items.map((item) => (typeof item === 'string' ? item : textIn(fieldsOf(item), ...keys)));
  const known = names.filter((name) => name !== null);
  return known.length > 0 ? known.join(', ') : null;
}

function counted(count: number, noun: string): string {
  if (count === 0) return `${noun}s`;
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function issueWords(output: unknown): string | null {
  const fields = fieldsOf(output);
  const issues = listOf(fields.issues);
  if (issues.length > 0) return countedFindings(issues);
  return fields.ok === true ? 'no problems' : null;
}

/** Counted by severity, as beside the canvas, when every finding has one. */
function countedFindings(issues: readonly unknown[]): string {
  const severities = issues.map((issue) => textIn(fieldsOf(issue), 'severity')?.toUpperCase()).filter(isSeverity);
  if (severities.length < issues.length) return counted(issues.length, 'finding');
  return countedIssues(severities.map((severity) => ({ severity })));
}

/** By tool. Names come from models: a plain object would also find `constructor`. */
const titles: ReadonlyMap<string, Readonly<Record<ToolPhase, string>>> = new Map(Object.entries(toolTitles));

/** @param labelOf the label of a node in the current graph, for tools that name nodes by id */
export function toolWords(
  call: { name: string; phase: ToolPhase; input: unknown; output: unknown },
  labelOf: (nodeId: string) => string | undefined,
): ToolWords {
  const { name, phase } = call;
  const known = titles.get(name);
  if (phase === 'failed') return { title: known?.failed ?? `${spelledOut(name)} failed`, subject: null };
  if (phase === 'stopped') return { title: known?.stopped ?? `Stopped: ${spelledOut(name)}`, subject: null };
  const title = known?.[phase] ?? spelledOut(name);
  const done = phase === 'done';
  const [input, output] = [fieldsOf(call.input), fieldsOf(call.output)];
  const label = (id: unknown) => (typeof id === 'string' ? (labelOf(id) ?? spelledOut(id)) : null);
  switch (name) {
    case 'searchNodeTypes':
      return { title, subject: textIn(input, 'query') };
    case 'addNodes': {
      const nodes = listOf(input.nodes);
      return { title: `${title} ${counted(nodes.length, 'step')}`, subject: namesOf(nodes, 'label', 'type') };
    }
    case 'connectNodes': {
      const edges = listOf(input.edges);
      const removed = listOf(input.disconnect);
      if (edges.length === 0 && removed.length > 0) {
        return { title: `${toolTitles.removeNodes[phase]} ${counted(removed.length, 'connection')}`, subject: null };
      }
      const pairs = edges.map((edge) => {
        const { source, target } = fieldsOf(edge);
        return routeOf(label(source), label(target));
      });
      return {
        title: `${title} ${counted(edges.length, 'connection')}`,
        subject: pairs.filter((pair) => pair !== null).join(', ') || null,
      };
    }
    case 'updateNode':
      return { title, subject: label(input.id) ?? textIn(input, 'label') };
    case 'removeNodes': {
      const ids = listOf(input.ids);
      return {
        title: `${title} ${counted(ids.length, 'step')}`,
        subject: ids.map(label).filter(Boolean).join(', ') || null,
      };
    }
    case 'validateGraph':
      return { title, subject: issueWords(call.output) };
    case 'takeNote':
      return { title, subject: textIn(input, 'note') };
    case 'countCharacters': {
      const count = numberIn(output, 'characters');
      return { title, subject: count === null ? null : `${count}${output.fits === true ? '' : ', too many'}` };
    }
    case 'saveDraft':
      return { title: done && output.saved !== true ? 'The draft is too long' : title, subject: null };
    case 'searchFlights':
      return { title, subject: routeOf(textIn(input, 'from'), textIn(input, 'to')) };
    case 'bookFlight':
      if (done && output.booked !== true) return { title: 'Not booked', subject: null };
      return { title, subject: textIn(output, 'reference') };
    default:
      return { title, subject: null };
  }
}

function routeOf(from: string | null, to: string | null): string | null {
  return from && to ? `${from} → ${to}` : null;
}
