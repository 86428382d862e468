import type { ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limits } from '#libs/contracts';
import { type AgentContext, defineFunctionTool } from '#libs/engine';
import { MessageViews } from './message-views.ts';
import { memoryRuns, never } from './probe-runs.ts';
import { type ScriptedTry, scriptedModel } from './scripted-model.ts';

const probe = memoryRuns();

const done: ScriptedTry = async function* () {
  yield 'done';
};

function asksFor(calls: number): ScriptedTry {
  return async function* () {
    for (let index = 0; index < calls; index += 1) {
      yield { toolCallId: `call_${index}`, toolName: 'look', input: { index } };
    }
  };
}

/** A tool that holds every call until it is let go, and counts them. */
function heldTool() {
  const gate = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  const seen = { executed: 0, running: 0, most: 0 };
  const look = defineFunctionTool({
    description: 'Looks.',
    inputSchema: z.object({ index: z.number() }),
    execute: async ({ index }) => {
      seen.executed += 1;
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      if (seen.running === limits.toolCallsAtOnce) full.resolve();
      await gate.promise;
      seen.running -= 1;
      return { index };
    },
  });
  return { look, seen, open: gate.resolve, full: full.promise };
}

describe('an answer that asks for very many tool calls', () => {
  it.each([[200], [3_000]])(
    'of %i carries out 64, 8 at a time, refuses the others, and leaves neighbours alone',
    async (calls) => {
      const started = await probe.submit();
      const { look, seen, open, full } = heldTool();
      const model = scriptedModel(asksFor(calls), done);
      const views = new MessageViews(probe, started);
      const messages: ModelMessage[] = [{ role: 'user', content: 'Look.' }];
      const agent = views.recorded(async (context: AgentContext) => {
        await context.generate({ model, instructions: '', messages, tools: { look }, maxSteps: 4 });
      });
      const crowded = probe.executorOf(agent).execute(started.runId, never());
      await full;

      const neighbour = await probe.submit();
      const plain = new MessageViews(probe, neighbour).recorded(async (context: AgentContext) => {
        await context.step('think', () => 1);
      });
      expect(await probe.executorOf(plain).execute(neighbour.runId, never())).toMatchObject({ status: 'SUCCEEDED' });
      expect(seen).toEqual({
        executed: limits.toolCallsAtOnce,
        running: limits.toolCallsAtOnce,
        most: limits.toolCallsAtOnce,
      });

      open();
      expect(await crowded).toMatchObject({ status: 'SUCCEEDED' });
      expect(seen).toEqual({ executed: limits.toolCallsPerAnswer, running: 0, most: limits.toolCallsAtOnce });

      const told =
        model.doStreamCalls[1]?.prompt.flatMap(({ role, content }) => (role === 'tool' ? content : [])) ?? [];
      expect(told).toHaveLength(calls);
      const refused = told.filter((part) => part.type === 'tool-result' && part.output.type === 'error-text');
      expect(refused).toHaveLength(calls - limits.toolCallsPerAnswer);
      const events = await probe.streamed(started.workflowId);
      const sent = events.flatMap((event) => (event.type === 'chunks' ? event.chunks.map(({ type }) => type) : []));
      expect(sent.filter((type) => type === 'tool-output-available')).toHaveLength(limits.toolCallsPerAnswer);
      expect(sent.filter((type) => type === 'tool-output-error')).toHaveLength(calls - limits.toolCallsPerAnswer);
      // The SDK's own fold copies the whole message for each chunk, so it is asked about the smaller answer only.
      if (calls > 200) return;
      const states = (await views.live()).map((part) => ('state' in part ? part.state : part.type));
      expect(states.filter((state) => state === 'output-available')).toHaveLength(limits.toolCallsPerAnswer);
      expect(states.filter((state) => state === 'output-error')).toHaveLength(calls - limits.toolCallsPerAnswer);
    },
  );
});
