/**
 * Plans that are stored as data, so that what people try first comes out exactly right: the examples of the page, the
 * fixtures and the prompts of the tests, with the follow-ups that are asked of them.
 */
import type { GraphView, Plan } from './plan.js';
import storedPlans from './stored-plans.json' with { type: 'json' };

interface StoredPlan {
  /** Text to the letter, but for white space and case. `{n}` stands for one number, in the plan too. */
  prompt: string;
  /** Ids of the nodes that the plan expects to find; none for a plan of a new workflow. */
  onto: string[];
  /** Lists that would be empty are left out. */
  plan: Partial<Plan>;
}

const byPrompt = Map.groupBy(storedPlans as StoredPlan[], ({ prompt }) => keyOf(prompt));

/** The plan that is stored for the prompt and fits the graph that is there. */
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
