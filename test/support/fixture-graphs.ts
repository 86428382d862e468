/** The graphs that result from the fixtures' prompts: the stored plans of the simulator, built with the builder's own tools. */
import { readFileSync } from 'node:fs';
import {
  addNodes,
  connectNodes,
  disconnectNodes,
  emptyGraph,
  removeNodes,
  updateNode,
  type WorkflowGraph,
} from '#libs/graph';

interface StoredPlan {
  prompt: string;
  /** Ids of the nodes that the plan expects. */
  onto: string[];
  plan: Partial<Record<'nodes' | 'edges' | 'changes' | 'disconnects', object[]>> & { removals?: string[] };
}

export const fixturePrompts: readonly string[] = readFileSync(
  new URL('../fixtures/prompts.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
const plans: StoredPlan[] = JSON.parse(
  readFileSync(new URL('../../libs/simulator/src/planner/stored-plans.json', import.meta.url), 'utf8'),
);

/** The final graph of a fixture. */
export function graphOfFixture(prompt: string): WorkflowGraph {
  const stored = plans.find((plan) => plan.prompt === prompt);
  if (!stored) throw new Error(`There is no plan for "${prompt}".`);
  return built(stored, stored.onto.length === 0 ? emptyGraph() : graphWith(stored.onto));
}

function built({ plan }: StoredPlan, start: WorkflowGraph): WorkflowGraph {
  let graph = disconnectNodes(start, plan.disconnects ?? []).graph;
  graph = removeNodes(graph, plan.removals ?? []).graph;
  graph = addNodes(graph, plan.nodes ?? []).graph;
  for (const change of plan.changes ?? []) graph = updateNode(graph, change).graph;
  return connectNodes(graph, plan.edges ?? []).graph;
}

/** A follow-up starts from the first graph that contains the nodes it expects. */
function graphWith(ids: readonly string[]): WorkflowGraph {
  const fitting = plans
    .filter(({ onto }) => onto.length === 0)
    .map((plan) => built(plan, emptyGraph()))
    .find((graph) => ids.length === graph.nodes.length && graph.nodes.every(({ id }) => ids.includes(id)));
  if (!fitting) throw new Error(`No plan builds ${ids.join(', ')}.`);
  return fitting;
}
