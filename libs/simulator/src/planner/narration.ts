/** The texts around the simulator's tool calls. Every run ends by saying that no model was used. */
import { findNodeType } from '#libs/graph';
import type { Move, ToolCallIntent } from '../model-turn.js';
import type { Operations } from './next-operations.js';
import type { Plan, PlannedNode } from './plan.js';
import type { Finding, RunState } from './run-state.js';

const notAModel =
  '_This answer comes from the built-in simulator, which follows fixed rules; no language model was asked._';
const abilities = 'I can add a step before or after another one, and remove, replace or rename a step.';

/** For a request that offers no graph tools. */
export function withoutTools(prompt: string, otherTools: boolean): Move {
  const about = prompt === '' ? '' : ` You wrote: “${shorten(prompt, 200)}”.`;
  const reason = otherTools ? 'none of the tools on offer edits a graph' : 'no tools were offered';
  return {
    reasoning: `There is nothing to build with: ${reason}.`,
    text: `${notAModel}\n\nThe simulator only builds workflow graphs, and ${reason}.${about}`,
    calls: [],
  };
}

export function opening(plan: Plan, prompt: string): Move {
  const what = plan.kind === 'build' ? 'a new workflow' : 'a change to the workflow that is there';
  return {
    reasoning: `**Reading the request**\n\nThe prompt asks for ${what}: “${shorten(prompt, 160)}”. ${plan.understood} First I look up which node types fit.`,
    text: plan.kind === 'build' ? 'I look up the node types that this needs.' : 'I look up what this change needs.',
    calls: plan.queries.map((query) => ({ name: 'searchNodeTypes', arguments: { query, limit: 5 } })),
  };
}

export function building(plan: Plan, state: RunState, operations: Operations): Move {
  const parts: string[] = [];
  const labelOf = (id: string) => state.now.nodes.find((node) => node.id === id)?.label ?? id;
  if (operations.removed.length > 0) parts.push(`I remove ${quoted(operations.removed.map(labelOf))}`);
  if (operations.changed.length > 0) parts.push(`I change ${quoted(operations.changed.map(labelOf))}`);
  if (operations.added.length > 0) {
    const starts = plan.kind === 'build' && state.now.nodes.length === 0;
    const labels = quoted(operations.added.map((node) => node.label));
    parts.push(starts ? `It starts with ${labels}` : `${parts.length > 0 ? 'add' : 'Now I add'} ${labels}`);
  }
  if (parts.length === 0) parts.push('I connect what belongs together');
  const sentence = `${parts.join(' and ')}.`;
  return { reasoning: reasonFor(operations.added), text: sentence, calls: operations.calls };
}

export function validating(plan: Plan): Move {
  return {
    reasoning: '',
    text:
      plan.kind === 'build'
        ? 'Everything is connected; I check the whole graph.'
        : 'I check the graph after the change.',
    calls: [{ name: 'validateGraph', arguments: {} }],
  };
}

export function repairing(findings: readonly Finding[], calls: ToolCallIntent[], done: readonly string[]): Move {
  return {
    reasoning: `**Correcting the graph**\n\nThe linter reports ${findings.length}: ${findings.map((finding) => finding.code).join(', ')}.`,
    text: `The check found ${findings.length === 1 ? 'an error' : `${findings.length} errors`}; I ${done.join(', ')}.`,
    calls,
  };
}

export function stuck(findings: readonly Finding[]): Move {
  const lines = findings.slice(0, 5).map((finding) => `- ${finding.message}`);
  return {
    reasoning: '',
    text: `I do not know how to correct this:\n\n${lines.join('\n')}\n\n${notAModel}`,
    calls: [],
  };
}

export function closing(plan: Plan, state: RunState, errors: readonly Finding[]): Move {
  const sections: string[] = [];
  if (plan.kind === 'nothing') {
    sections.push(`I did not understand what to change, so I left the workflow as it is. ${abilities}`);
  } else if (plan.kind === 'edit') {
    sections.push(`**${errors.length > 0 ? 'Changed, but not right yet' : 'Done'}.** ${plan.understood}`);
  } else {
    const steps = state.now.nodes.map((node, index) => `${index + 1}. **${plain(node.label)}** – ${titleOf(node)}`);
    sections.push(
      `**The workflow is ${errors.length > 0 ? 'not right yet' : 'ready'}.** It has ${steps.length} steps:`,
      steps.join('\n'),
    );
  }
  const credentials = plan.kind === 'nothing' ? [] : credentialsOf(plan.kind === 'edit' ? plan.nodes : state.now.nodes);
  if (credentials.length > 0) sections.push(`**Still to connect:** ${credentials.join(', ')}.`);
  const settings = plan.kind === 'nothing' ? [] : settingsOf(plan.kind === 'edit' ? plan.nodes : state.now.nodes);
  if (settings.length > 0)
    sections.push(`**Settings to fill in:** ${settings.map((name) => `\`${name}\``).join(', ')}.`);
  if (plan.remarks.length > 0) sections.push(plan.remarks.join('\n\n'));
  if (errors.length > 0) {
    sections.push(
      `**The check still finds errors** that I cannot correct:\n\n${errors
        .slice(0, 5)
        .map((error) => `- ${error.message}`)
        .join('\n')}`,
    );
  }
  sections.push(notAModel);
  return { reasoning: '', text: sections.join('\n\n'), calls: [] };
}

function reasonFor(nodes: readonly PlannedNode[]): string {
  const [first] = nodes;
  if (first === undefined) return '';
  return `**${plain(first.label)}**\n\n${nodes.map((node) => `“${node.label}” becomes ${titleOf(node)} (${node.type}).`).join(' ')}`;
}

function titleOf(node: PlannedNode): string {
  return findNodeType(node.type)?.title ?? node.type;
}

/** Titles of the services that the user must connect: every type with a credential. */
function credentialsOf(nodes: readonly PlannedNode[]): string[] {
  const titles = nodes.flatMap((node) => {
    const type = findNodeType(node.type);
    const wants = type?.parameters.some(
      (parameter) => parameter.type === 'credential' && parameter.name === 'credential',
    );
    return type && wants ? [type.title] : [];
  });
  return [...new Set(titles)];
}

function settingsOf(nodes: readonly PlannedNode[]): string[] {
  const names = JSON.stringify(nodes.map((node) => node.parameters)).matchAll(/\bsettings\.(\w+)/gu);
  return [...new Set([...names].map((match) => match[1] ?? ''))];
}

function quoted(labels: readonly string[]): string {
  const all = labels.map((label) => `“${label}”`);
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

function plain(label: string): string {
  return label.replaceAll(/[*_`[\]<>]/gu, '');
}

function shorten(text: string, length: number): string {
  const line = text.replaceAll(/\s+/gu, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
