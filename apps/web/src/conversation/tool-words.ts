/** Describes tool calls for users. Inputs may be half-written or malformed. */
import { countedIssues, isSeverity } from '../canvas/issue-looks.js';
import { type Fields, fieldsOf, listOf, numberIn, textIn } from '../fields.js';

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

/** `addedThings` → `Added things`: for tools unknown to this page. */
function spelledOut(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** By tool. Names come from models: a plain object would also find `constructor`. */
const failed: ReadonlyMap<string, string> = new Map(
  Object.entries({
    searchNodeTypes: 'Couldn’t look up step types',
    addNodes: 'Couldn’t add steps',
    connectNodes: 'Couldn’t connect steps',
    updateNode: 'Couldn’t change a step',
    removeNodes: 'Couldn’t remove steps',
    validateGraph: 'Couldn’t check the workflow',
    takeNote: 'Couldn’t take a note',
    countCharacters: 'Couldn’t count characters',
    saveDraft: 'Couldn’t save the draft',
    searchFlights: 'Couldn’t look up flights',
    chooseFlight: 'Couldn’t choose a flight',
    bookFlight: 'The airline didn’t answer',
  }),
);

const stopped: ReadonlyMap<string, string> = new Map(
  Object.entries({
    searchNodeTypes: 'Stopped before step types were looked up',
    addNodes: 'Stopped before steps were added',
    connectNodes: 'Stopped before steps were connected',
    updateNode: 'Stopped before a step was changed',
    removeNodes: 'Stopped before steps were removed',
    validateGraph: 'Stopped before the workflow was checked',
    takeNote: 'Stopped before a note was taken',
    countCharacters: 'Stopped before characters were counted',
    saveDraft: 'Stopped before the draft was saved',
    searchFlights: 'Stopped before flights were looked up',
    chooseFlight: 'Stopped before a flight was chosen',
    bookFlight: 'Stopped before the airline answered',
  }),
);

/** @param labelOf the label of a node in the current graph, for tools that name nodes by id */
export function toolWords(
  call: { name: string; phase: ToolPhase; input: unknown; output: unknown },
  labelOf: (nodeId: string) => string | undefined,
): ToolWords {
  const input = fieldsOf(call.input);
  const done = call.phase === 'done';
  const label = (id: unknown) => (typeof id === 'string' ? (labelOf(id) ?? spelledOut(id)) : null);
  if (call.phase === 'failed') {
    return { title: failed.get(call.name) ?? `${spelledOut(call.name)} failed`, subject: null };
  }
  if (call.phase === 'stopped') {
    return { title: stopped.get(call.name) ?? `Stopped: ${spelledOut(call.name)}`, subject: null };
  }
  switch (call.name) {
    case 'searchNodeTypes':
      return { title: done ? 'Looked up step types' : 'Looking up step types', subject: textIn(input, 'query') };
    case 'addNodes': {
      const nodes = listOf(input.nodes);
      return {
        title: `${done ? 'Added' : 'Adding'} ${counted(nodes.length, 'step')}`,
        subject: namesOf(nodes, 'label', 'type'),
      };
    }
    case 'connectNodes': {
      const edges = listOf(input.edges);
      const removed = listOf(input.disconnect);
      if (edges.length === 0 && removed.length > 0) {
        return { title: `${done ? 'Removed' : 'Removing'} ${counted(removed.length, 'connection')}`, subject: null };
      }
      const pairs = edges.map((edge) => {
        const { source, target } = fieldsOf(edge);
        const [from, to] = [label(source), label(target)];
        return from && to ? `${from} → ${to}` : null;
      });
      return {
        title: `${done ? 'Made' : 'Making'} ${counted(edges.length, 'connection')}`,
        subject: pairs.filter((pair) => pair !== null).join(', ') || null,
      };
    }
    case 'updateNode':
      return { title: done ? 'Changed a step' : 'Changing a step', subject: label(input.id) ?? textIn(input, 'label') };
    case 'removeNodes': {
      const ids = listOf(input.ids);
      return {
        title: `${done ? 'Removed' : 'Removing'} ${counted(ids.length, 'step')}`,
        subject: ids.map(label).filter(Boolean).join(', ') || null,
      };
    }
    case 'validateGraph':
      return { title: done ? 'Checked the workflow' : 'Checking the workflow', subject: issueWords(call.output) };
    default:
      return agentToolWords(call.name, done, input, fieldsOf(call.output));
  }
}

/** Tools that do not edit a graph. */
function agentToolWords(name: string, done: boolean, input: Fields, output: Fields): ToolWords {
  switch (name) {
    case 'takeNote':
      return { title: done ? 'Noted' : 'Taking a note', subject: textIn(input, 'note') };
    case 'countCharacters': {
      const count = numberIn(output, 'characters');
      const subject = count === null ? null : `${count}${output.fits === true ? '' : ', too many'}`;
      return { title: done ? 'Counted characters' : 'Counting characters', subject };
    }
    case 'saveDraft':
      if (done && output.saved !== true) return { title: 'The draft is too long', subject: null };
      return { title: done ? 'Saved a draft' : 'Saving a draft', subject: null };
    case 'searchFlights': {
      const [from, to] = [textIn(input, 'from'), textIn(input, 'to')];
      return {
        title: done ? 'Looked up flights' : 'Looking up flights',
        subject: from && to ? `${from} → ${to}` : null,
      };
    }
    case 'chooseFlight':
      return { title: done ? 'Chose a flight' : 'Choosing a flight', subject: null };
    case 'bookFlight':
      if (done && output.booked !== true) return { title: 'Not booked', subject: null };
      return { title: done ? 'Booked' : 'Booking', subject: textIn(output, 'reference') };
    default:
      return { title: spelledOut(name), subject: null };
  }
}
