/**
 * The agent that turns a prompt into a workflow on the canvas, or changes the one that is there. Owns the order of its
 * work and how often the model may correct itself.
 */

import type { ModelMessage } from 'ai';
import { type JsonValue, limits } from '#libs/contracts';
import { type AgentContext, type AgentDefinition, defineAgent, FatalError, RetryableError } from '#libs/engine';
import { type GraphIssue, lintGraph, type WorkflowGraph } from '#libs/graph';
import type { ModelProvider } from '../model-provider.js';
import type { NodeCatalogClient } from '../node-catalog-client.js';
import { graphTools } from './graph-tools.js';
import { correctionRequest, instructionsFor, titleInstructions } from './instructions.js';
import { searchNodeTypesTool } from './search-node-types.tool.js';

/** Model calls of one round. A workflow of 40 nodes takes about 25. */
const MAX_MODEL_CALLS = 60;
/** How often the linter's errors go back to the model before the run fails. */
const MAX_CORRECTIONS = 3;
/** Messages of earlier runs that the model sees, newest first, and their characters in all. */
const MAX_CONVERSATION = 12;
const MAX_CONVERSATION_CHARS = 40_000;
const TITLE_TIMEOUT_MS = 20_000;

export interface WorkflowBuilderOptions {
  model: ModelProvider;
  catalog: NodeCatalogClient;
}

export function createWorkflowBuilder({ model, catalog }: WorkflowBuilderOptions): AgentDefinition {
  const tools = { searchNodeTypes: searchNodeTypesTool(catalog), ...graphTools };

  return defineAgent('workflow-builder', {
    async run(context) {
      const before = await context.step('read-graph', async () => asJson(await context.graph()));
      const options = {
        ...model,
        tools,
        maxSteps: MAX_MODEL_CALLS,
        instructions: instructionsFor(fromJson<WorkflowGraph>(before)),
      };
      let { messages } = await context.generate({ ...options, messages: conversationOf(context) });
      for (let round = 1; ; round++) {
        const errors = await lintErrors(context, 'check-graph');
        if (errors.length === 0) return;
        if (round > MAX_CORRECTIONS) throw invalidGraph(errors);
        const correction: ModelMessage = { role: 'user', content: correctionRequest(errors) };
        ({ messages } = await context.generate({ ...options, messages: [...messages, correction] }));
      }
    },

    async complete(context) {
      const errors = await lintErrors(context, 'final-check');
      if (errors.length > 0) throw invalidGraph(errors);
      // Decided by the conversation, which no rename changes: a replay must take the same path.
      const title = context.conversation.length === 0 ? await nameWorkflow(context, model) : null;
      return { title, saveRevision: true };
    },
  });
}

function conversationOf(context: AgentContext): ModelMessage[] {
  const earlier: ModelMessage[] = [];
  let chars = 0;
  for (const { role, text } of context.conversation.toReversed()) {
    chars += text.length;
    if (earlier.length >= MAX_CONVERSATION || chars > MAX_CONVERSATION_CHARS) break;
    if (text.trim() !== '') earlier.unshift({ role, content: text });
  }
  return [...earlier, { role: 'user', content: context.prompt }];
}

async function lintErrors(context: AgentContext, step: string): Promise<GraphIssue[]> {
  const errors = await context.step(step, async () =>
    asJson(lintGraph(await context.graph()).filter((issue) => issue.severity === 'ERROR')),
  );
  return fromJson<GraphIssue[]>(errors);
}

function invalidGraph(errors: readonly GraphIssue[]): FatalError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new FatalError(
    'GRAPH_INVALID',
    `The workflow still has errors after ${MAX_CORRECTIONS} corrections: ${first?.message ?? ''}${more}`,
  );
}

/** A title is not worth failing for: without one, the workflow keeps the first line of its prompt. */
async function nameWorkflow(context: AgentContext, { model, providerOptions }: ModelProvider): Promise<string | null> {
  try {
    const text = await context.generateText('name-workflow', {
      model,
      providerOptions,
      instructions: titleInstructions,
      prompt: context.prompt,
      timeoutMs: TITLE_TIMEOUT_MS,
    });
    return oneLine(text);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof FatalError || error instanceof RetryableError) return null;
    throw error;
  }
}

function oneLine(text: string): string | null {
  const line = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["'«“]+|["'».”]+$/g, '');
  return line === '' ? null : Array.from(line).slice(0, limits.titleChars).join('');
}

/** Steps store JSON; graphs and findings are JSON by their schemas. */
function asJson(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function fromJson<T>(value: JsonValue): T {
  return value as T;
}
