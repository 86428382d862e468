/**
 * Plans stored as data, so that common prompts give exactly the right graph: the examples of the page, the fixtures and
 * prompts of the tests, and their follow-ups.
 */
import type { GraphView, Plan } from './plan.js';
import storedPlans from './stored-plans.json' with { type: 'json' };

interface StoredPlan {
  /** Must match exactly, except for whitespace and case. `{n}` stands for one number, also in the plan. */
  prompt: string;
  /** Ids of nodes that must exist; none for a plan of a new workflow. */
  onto: string[];
  /** Empty lists are omitted. */
  plan: Partial<Plan>;
}

const byPrompt = Map.groupBy(storedPlans as StoredPlan[], ({ prompt }) => keyOf(prompt));

/** The stored plan for the prompt that fits the existing graph. */
export function storedPlanFor(prompt: string, graph: GraphView): Plan | undefined {
  const key = keyOf(prompt);
  const exact = find(key, graph);
  if (exact) return withLists(exact);
  const numbers = new Set(key.match(/\d+/gu));
  const [number] = numbers;
  if (number === undefined || numbers.size > 1) return undefined;
  const pattern = find(key.replaceAll(/\d+/gu, '{n}'), graph);
  return pattern && withLists(JSON.parse(JSON.stringify(pattern).replaceAll('{n}', number)));
}

function find(key: string, graph: GraphView): Partial<Plan> | undefined {
  const ids = new Set(graph.nodes.map(({ id }) => id));
  const fits = ({ onto }: StoredPlan) => onto.length === ids.size && onto.every((id) => ids.has(id));
  return byPrompt.get(key)?.find(fits)?.plan;
}

function withLists(plan: Partial<Plan>): Plan {
  return {
    kind: 'build',
    understood: '',
    nodes: [],
    edges: [],
    changes: [],
    removals: [],
    disconnects: [],
    remarks: [],
    queries: [],
    ...plan,
  };
}

function keyOf(prompt: string): string {
  return prompt.replaceAll(/\s+/gu, ' ').trim().toLowerCase();
}
