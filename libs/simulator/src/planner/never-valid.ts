/**
 * Simulates a model that cannot correct its graph: one node refers to a missing node, and each correction only changes the
 * missing name. The caller decides when it stops.
 */
import type { Move } from '../model-turn.js';
import type { GraphView, Plan } from './plan.js';
import type { RunState } from './run-state.js';

const NODE = 'stubborn';

function brokenText(round: number): string {
  return `Result: {{ nodes.missing${round}.text }}`;
}

/** The plan with an added node that never passes the linter. */
export function neverValidPlan(plan: Plan, start: GraphView): Plan {
  if (start.nodes.some((node) => node.id === NODE)) return plan;
  const last =
    plan.nodes.find((node) => node.type.startsWith('trigger.')) ??
    start.nodes.find((node) => node.type.startsWith('trigger.'));
  return {
    ...plan,
    kind: plan.kind === 'nothing' ? 'edit' : plan.kind,
    nodes: [
      ...plan.nodes,
      {
        id: NODE,
        type: 'ai.generate',
        label: 'A step that refers to nothing',
        parameters: { instructions: brokenText(1) },
      },
    ],
    edges: last === undefined ? plan.edges : [...plan.edges, { source: last.id, target: NODE }],
  };
}

/** A correction that does not fix the problem. */
export function spoil(state: RunState): Move {
  return {
    reasoning: 'The reference is wrong, so I give it another name.',
    text: 'I correct the reference.',
    calls: [
      {
        name: 'updateNode',
        arguments: { id: NODE, parameters: { instructions: brokenText(state.correctionRounds + 1) } },
      },
    ],
  };
}
