/** The agent that builds a workflow from a prompt, or changes the existing one. */

import type { ModelMessage } from 'ai';
import type { JsonValue } from '#libs/contracts';
import { type AgentContext, type AgentDefinition, defineAgent, FatalError } from '#libs/engine';
import { type GraphIssue, lintGraph, type WorkflowGraph } from '#libs/graph';
import { conversationOf } from '../conversation-messages.js';
import type { ModelProvider } from '../model-provider.js';
import { nameWorkflow } from '../name-workflow.js';
import type { NodeCatalogClient } from '../node-catalog-client.js';
import { whenAsked } from '../when-asked.js';
import { graphTools } from './graph-tools.js';
import { correctionRequest, instructionsFor } from './instructions.js';
import { searchNodeTypesTool } from './search-node-types.tool.js';
import { type CallCount, countCalls } from './unusable-calls.js';

/** Maximum model calls of one round. A workflow of 40 nodes takes about 25. */
const MAX_MODEL_CALLS = 60;
/** How often the linter's errors are returned to the model before the run fails, and again after each retry of the run. */
const MAX_CORRECTIONS = 3;

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
        instructions: instructionsFor(fromJson<WorkflowGraph>(before), whenAsked(context)),
      };
      let { messages } = await context.generate({ ...options, messages: conversationOf(context) });
      for (let left = MAX_CORRECTIONS; ; left--) {
        const errors = fromJson<GraphIssue[]>(await context.step('check-graph', () => graphErrors(context)));
        if (errors.length === 0) return;
        if (left === 0) {
          await context.failUntilRetried('corrections-used', invalidGraph(errors, countCalls(messages)));
          left = MAX_CORRECTIONS;
        }
        const correction: ModelMessage = { role: 'user', content: correctionRequest(errors) };
        ({ messages } = await context.generate({ ...options, messages: [...messages, correction] }));
      }
    },

    async complete(context) {
      // Inside the step: a failure thrown after it would be replayed by every retry.
      await context.step('final-check', async () => {
        const errors = await graphErrors(context);
        if (errors.length > 0) throw invalidGraph(fromJson<GraphIssue[]>(errors));
        return null;
      });
      return { title: await nameWorkflow(context, model), saveRevision: true };
    },
  });
}

async function graphErrors(context: AgentContext): Promise<JsonValue[]> {
  return lintGraph(await context.graph()).flatMap((issue) => (issue.severity === 'ERROR' ? [asJson(issue)] : []));
}

function invalidGraph(errors: readonly GraphIssue[], calls: CallCount = { all: 0, unusable: 0 }): FatalError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const why = calls.unusable > 0 ? ` ${calls.unusable} of the model's ${calls.all} tool calls could not be used.` : '';
  return new FatalError(
    'GRAPH_INVALID',
    `The workflow still has errors after ${MAX_CORRECTIONS} corrections: ${first?.message ?? ''}${more}${why}`,
  );
}

/** Steps store JSON; graphs and findings are JSON by their schemas. */
function asJson(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function fromJson<T>(value: JsonValue): T {
  return value as T;
}
