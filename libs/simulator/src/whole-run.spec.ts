import { createOpenAI } from '@ai-sdk/openai';
import { isStepCount, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addNodes, connectNodes, emptyGraph, hasErrors, lintGraph, searchNodeTypes } from '#libs/graph';
import { type Simulator, startSimulator } from './simulator.js';

let simulator: Simulator;

const prompt = 'When a Stripe payment fails, tell #billing in Slack and email the CFO.';

/** A whole run as a client of the AI SDK performs it: the SDK calls the tools and sends their results back. */
async function wholeRun(text: string, api: 'responses' | 'chat') {
  const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'any' });
  let graph = emptyGraph();
  const from = simulator.requests.length;
  const object = z.looseObject({});
  const result = streamText({
    model: api === 'chat' ? openai.chat('simulator') : openai('simulator'),
    instructions: 'Build workflows.',
    prompt: text,
    maxRetries: 0,
    stopWhen: isStepCount(20),
    providerOptions: {
      openai: { store: false, forceReasoning: true, ...(api === 'chat' ? {} : { reasoningSummary: 'auto' }) },
    },
    tools: {
      searchNodeTypes: tool({
        inputSchema: z.object({ query: z.string() }),
        execute: ({ query }) => ({ types: searchNodeTypes(query, 3).map(({ type }) => type) }),
      }),
      addNodes: tool({
        inputSchema: z.object({ nodes: z.array(object) }),
        execute: ({ nodes }) => {
          const edited = addNodes(graph, nodes);
          graph = edited.graph;
          return { added: edited.patch.upsertNodes.map(({ id }) => id), problems: edited.problems };
        },
      }),
      connectNodes: tool({
        inputSchema: z.object({ edges: z.array(object) }),
        execute: ({ edges }) => {
          const edited = connectNodes(graph, edges);
          graph = edited.graph;
          return {
            connected: edited.patch.upsertEdges.map(({ id }) => id),
            disconnected: [],
            problems: edited.problems,
          };
        },
      }),
      updateNode: tool({ inputSchema: object, execute: () => ({ updated: [], problems: [] }) }),
      removeNodes: tool({ inputSchema: object, execute: () => ({ removed: [], problems: [] }) }),
      validateGraph: tool({
        inputSchema: object,
        execute: () => {
          const issues = lintGraph(graph);
          return { ok: !hasErrors(issues), issues };
        },
      }),
    },
  });
  const text_ = await result.finalStep.then((step) => step.text);
  return { graph, text: text_, requests: simulator.requests.slice(from) };
}

describe.each(['responses', 'chat'] as const)('a whole run over the %s API', (api) => {
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.close());

  it('ends with a valid graph, one request per answer, and says that no model was asked', async () => {
    const { graph, text, requests } = await wholeRun(prompt, api);
    expect(lintGraph(graph).filter((issue) => issue.severity !== 'INFO')).toEqual([]);
    expect(graph.nodes.map((node) => node.type)).toEqual(['trigger.webhook', 'action.slack', 'action.email']);
    expect(text).toMatch(/no language model was asked/);
    expect(requests.map((request) => request.callIndex)).toEqual(requests.map((_, index) => index));
    expect(requests.every((request) => request.outcome === 'completed')).toBe(true);
  });

  it.each(['malformed-arguments call=2', 'unknown-tool call=2', 'unknown-node-type', 'malformed-arguments times=3'])(
    'recovers from its own mistake: %s',
    async (fault) => {
      const { graph, requests } = await wholeRun(`${prompt} [[sim: ${fault}]]`, api);
      expect(requests.some((request) => request.outcome.startsWith('fault:'))).toBe(true);
      expect(graph.nodes).toHaveLength(3);
      expect(lintGraph(graph).filter((issue) => issue.severity !== 'INFO')).toEqual([]);
    },
  );

  it('ends with a graph that does not pass when it is told never to', async () => {
    const { graph } = await wholeRun(`${prompt} [[sim: never-valid]]`, api);
    expect(hasErrors(lintGraph(graph))).toBe(true);
  });
});
