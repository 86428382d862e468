/**
 * The prompts that planner specs share, and how a graph is judged.
 */
import { readFileSync } from 'node:fs';
import { findNodeType, lintGraph, type WorkflowGraph } from '#libs/graph';

interface PromptLine {
  prompt: string;
  expects: { trigger?: string; kinds: string[]; follows?: number };
}

/** Prompts as real users type them, with what their graphs must hold; `follows` is the index of the prompt before. */
export const lines: PromptLine[] = readFileSync(
  new URL('../../../test/fixtures/prompts.jsonl', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line));

/** The kind of the trigger, and those of the other nodes. */
export function kindsOf(graph: WorkflowGraph) {
  const types = graph.nodes.map((node) => findNodeType(node.type));
  return {
    trigger: types.find((type) => type?.category === 'trigger')?.kind,
    kinds: types.filter((type) => type?.category !== 'trigger').map((type) => type?.kind),
  };
}

/** Findings of the linter that a person has to see to. */
export const severe = (graph: WorkflowGraph) => lintGraph(graph).filter((issue) => issue.severity !== 'INFO');

export const orders =
  "Every Monday at 8, pull last week's orders from Postgres, summarise them with AI and email the summary to sales@acme.io.";
export const payments = lines[0]?.prompt ?? '';
