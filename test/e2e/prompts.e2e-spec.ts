import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTerminalRunStatus } from '#libs/contracts';
import { findNodeType } from '#libs/graph';
import type { WorkflowAnswer } from '../support/graphql-api.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

interface PromptLine {
  prompt: string;
  expects: { trigger?: string; kinds: string[]; follows?: number };
}

const lines = readFileSync(new URL('../fixtures/prompts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line, index) => ({ index, ...(JSON.parse(line) as PromptLine) }));
const firstPrompts = lines.filter((line) => line.expects.follows === undefined);
const followUps = lines.filter((line) => line.expects.follows !== undefined);

const finished = new Map<number, WorkflowAnswer>();
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  await system?.stop();
});

async function runToEnd(prompt: string, workflowId?: string): Promise<WorkflowAnswer> {
  const started = await system.api.start(prompt, workflowId);
  const run = await until(
    async () => {
      const current = await system.api.run(started.runId);
      return current && isTerminalRunStatus(current.status) ? current : null;
    },
    `the run ends: ${prompt}`,
    60_000,
  );
  expect(run.error).toBeNull();
  expect(run.status).toBe('SUCCEEDED');
  const workflow = await system.api.workflow(started.workflowId);
  if (!workflow) throw new Error('The workflow is gone.');
  return workflow;
}

function kindsOf(workflow: WorkflowAnswer, ofTriggers: boolean): string[] {
  return workflow.graph.nodes
    .map((node) => findNodeType(node.type))
    .filter((type) => (type?.category === 'trigger') === ofTriggers)
    .map((type) => type?.kind ?? 'unknown');
}

function typesOf(workflow: WorkflowAnswer): string[] {
  return workflow.graph.nodes.map(({ type }) => type);
}

/** Types of the nodes right behind those of one type. */
function followersOf(workflow: WorkflowAnswer, type: string): (string | undefined)[] {
  const { nodes, edges } = workflow.graph;
  const typeOf = (id: string) => nodes.find((node) => node.id === id)?.type;
  return edges.filter(({ source }) => typeOf(source) === type).map(({ target }) => typeOf(target));
}

/** Whether a workflow is called by how its prompt begins, as it is until the model has named it. */
function isUnnamed(title: string, prompt: string): boolean {
  return title === prompt || (title.endsWith('…') && prompt.startsWith(title.slice(0, -1)));
}

function expectSoundGraph(workflow: WorkflowAnswer): void {
  expect(workflow.graph.issues.filter((issue) => issue.severity === 'ERROR')).toEqual([]);
  expect(kindsOf(workflow, true)).toHaveLength(1);
  const places = workflow.graph.nodes.map(({ position }) => `${position.x},${position.y}`);
  expect(new Set(places).size).toBe(places.length);
}

describe('a prompt that a person would type', () => {
  it.each(firstPrompts)('becomes a sound workflow: $prompt', async ({ index, prompt, expects }) => {
    const workflow = await runToEnd(prompt);
    finished.set(index, workflow);
    expectSoundGraph(workflow);
    if (expects.trigger !== 'any') expect(kindsOf(workflow, true)).toEqual([expects.trigger]);
    expect(kindsOf(workflow, false)).toEqual(expect.arrayContaining(expects.kinds));
    expect(workflow.status).toBe('IDLE');
    expect(workflow.promptLock).toBeNull();
    expect(workflow.messages.map((message) => message.role)).toEqual(['user', 'assistant']);
    expect(workflow.messages.every((message) => message.complete)).toBe(true);
    expect(workflow.title).not.toBe('');
    expect(isUnnamed(workflow.title, prompt)).toBe(false);
  });

  it('tells how many tokens its run has used', async () => {
    const { runId } = await system.api.start('Every day at 9, post the weather to #team in Slack.');
    const run = await until(async () => {
      const current = await system.api.run(runId);
      return current?.status === 'SUCCEEDED' ? current : null;
    }, 'the run succeeds');
    expect(run.usage?.inputTokens).toBeGreaterThan(0);
    expect(run.usage?.outputTokens).toBeGreaterThan(0);
  });

  it.each(followUps)('edits the workflow that is there: $prompt', async ({ prompt, expects }) => {
    const before = finished.get(expects.follows ?? -1);
    if (!before) throw new Error('The workflow that this prompt follows was not finished.');
    const workflow = await runToEnd(prompt, before.id);
    expectSoundGraph(workflow);
    expect(kindsOf(workflow, false)).toEqual(expect.arrayContaining(expects.kinds));
    expect(workflow.graph.revision).toBeGreaterThan(before.graph.revision);
    const kept = before.graph.nodes.filter((node) => workflow.graph.nodes.some((other) => other.id === node.id));
    expect(kept.length).toBeGreaterThanOrEqual(before.graph.nodes.length - 1);
    if (/^remove the slack/i.test(prompt)) expect(typesOf(workflow)).not.toContain('action.slack');
    if (/before the email/i.test(prompt)) {
      expect(followersOf(workflow, 'logic.approval')).toContain('action.email');
    }
    expect(workflow.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  });
});

describe('the title', () => {
  it('comes from the first prompt that succeeds, and is asked for once', async () => {
    const failing = await system.api.start('[[sim: status=400]] Ask me every morning how I slept');
    await until(async () => (await system.api.run(failing.runId))?.status === 'FAILED', 'the first run fails');
    const untitled = await system.api.workflow(failing.workflowId);
    const workflow = await runToEnd('Send me an email every morning with the weather in Vienna', failing.workflowId);
    expect(workflow.title).toMatch(/^Send me an email/);
    expect(workflow.title).not.toBe(untitled?.title);
    const again = await runToEnd('Use Slack instead of email', failing.workflowId);
    expect(again.title).toBe(workflow.title);
  });

  it('that the model does not give holds nothing up', async () => {
    const prompt =
      '[[sim: status=503 retry-after=30 call=title times=9]] Send me an email every morning with the weather in Vienna';
    const workflow = await runToEnd(prompt);
    expect(isUnnamed(workflow.title, prompt)).toBe(true);
    const titles = (await system.modelRequests()).filter((request) => request.purpose === 'title');
    expect(titles.filter((request) => request.outcome !== 'completed')).toHaveLength(1);
  });
});
