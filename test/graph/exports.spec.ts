import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  addNodes,
  connectNodes,
  disconnectNodes,
  EXPORT_FORMATS,
  emptyGraph,
  exportGraph,
  hasErrors,
  importGraph,
  lintGraph,
  removeNodes,
  updateNode,
  type WorkflowGraph,
} from '#libs/graph';
import storedPlans from '../../libs/simulator/src/planner/stored-plans.json' with { type: 'json' };

interface StoredPlan {
  prompt: string;
  /** Ids of the nodes that the plan expects to find. */
  onto: string[];
  plan: Partial<Record<'nodes' | 'edges' | 'changes' | 'disconnects', object[]>> & { removals?: string[] };
}

const prompts = readFileSync(new URL('../fixtures/prompts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
const plans = storedPlans as unknown as StoredPlan[];

/** The graph that the plan of a fixture builds, as the tools of the builder do it. */
function graphOf(prompt: string): WorkflowGraph {
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

/** A follow-up stands on the first graph that has the nodes which it expects. */
function graphWith(ids: readonly string[]): WorkflowGraph {
  const fitting = plans
    .filter(({ onto }) => onto.length === 0)
    .map((plan) => built(plan, emptyGraph()))
    .find((graph) => ids.length === graph.nodes.length && graph.nodes.every(({ id }) => ids.includes(id)));
  if (!fitting) throw new Error(`No plan builds ${ids.join(', ')}.`);
  return fitting;
}

describe('each fixture', () => {
  it.each(prompts)('is exported to every format: %s', (prompt) => {
    const graph = graphOf(prompt);
    expect(graph.nodes.length).toBeGreaterThan(1);
    expect(hasErrors(lintGraph(graph))).toBe(false);
    for (const format of EXPORT_FORMATS)
      expect(exportGraph({ title: prompt.slice(0, 80), graph }, format).content).not.toBe('');
    const back = importGraph(exportGraph({ title: 'A', graph }, 'json').content);
    expect(back).toEqual({ ok: true, workflow: { title: 'A', graph } });
  });

  it('has its losses named', async () => {
    const lines = ['# What the formats lose of each fixture', ''];
    for (const prompt of prompts) {
      const graph = graphOf(prompt);
      lines.push(`## ${prompt}`, '');
      for (const format of EXPORT_FORMATS) {
        for (const { nodeId, edgeId, path, message } of exportGraph({ title: 'A', graph }, format).losses) {
          lines.push(
            `- ${format}: ${[nodeId, edgeId, path].filter(Boolean).join(' ')}: ${message}`.replace(': :', ':'),
          );
        }
      }
      lines.push('');
    }
    await expect(lines.join('\n')).toMatchFileSnapshot('../fixtures/export-losses.md');
  });
});
