import type { LanguageModel } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limits } from '#libs/contracts';
import { type AgentContext, AttemptStopped, defineFunctionTool, StepError } from '#libs/engine';
import { until } from '../support/until.ts';
import { MessageViews, outline } from './message-views.ts';
import { gate, memoryRuns, never } from './probe-runs.ts';
import { providerIsAway, providerRefuses, scriptedModel } from './scripted-model.ts';

const probe = memoryRuns();

const lookUp = defineFunctionTool({
  description: 'Looks something up.',
  inputSchema: z.object({ word: z.string() }),
  execute: async ({ word }) => ({ found: word }),
});

function answerOf(context: AgentContext, model: LanguageModel) {
  const messages = [{ role: 'user' as const, content: 'Say it.' }];
  return context.generate({ model, instructions: '', messages, tools: { lookUp }, maxSteps: 3 });
}

/**
 * Runs the branches, hands the run over behind them, and lets a second attempt end it. Gives the outline of a message that
 * was the same for subscribers, for readers and for the second attempt.
 */
async function messageOf(branches: (context: AgentContext) => Promise<unknown>): Promise<string[]> {
  const started = await probe.submit();
  const views = new MessageViews(probe, started);
  const stop = new AbortController();
  const first = views.recorded(async (context) => {
    await branches(context);
    await context.step('last', () => null);
    await until(
      async () => (await probe.streamed(started.workflowId)).some(isEndOf('last')),
      'everything stands in the stream',
    );
    stop.abort(new AttemptStopped());
  });
  expect(await probe.executorOf(first).execute(started.runId, stop.signal)).toMatchObject({ kind: 'released' });
  const shown = await views.live();
  const second = views.recorded(async (context) => {
    await branches(context);
    await context.step('last', () => null);
  });
  const result = await probe.executorOf(second).execute(started.runId, never());
  expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  expect(await views.live()).toEqual(shown);
  expect(await views.stored()).toEqual(shown);
  expect(await views.rebuilt()).toEqual(shown);
  return outline(shown);
}

function isEndOf(name: string) {
  return (event: { type: string; step?: { name: string; status: string } }) =>
    event.type === 'step' && event.step?.name === name && event.step.status === 'SUCCEEDED';
}

describe('parallel branches', () => {
  it('stand in the message one whole answer behind the other, the first to speak first', async () => {
    const [firstSpeaks, secondIsWhole, thirdIsWhole] = [gate(), gate(), gate()];
    const first = scriptedModel(async function* () {
      yield 'first 1, ';
      firstSpeaks.open();
      await thirdIsWhole.opened;
      yield 'first 2';
    });
    const second = scriptedModel(async function* () {
      await firstSpeaks.opened;
      yield 'second 1, ';
      yield 'second 2';
      secondIsWhole.open();
    });
    const third = scriptedModel(async function* () {
      await secondIsWhole.opened;
      yield 'third';
      thirdIsWhole.open();
    });
    const models = [third, second, first];
    const message = await messageOf((context) => Promise.all(models.map((model) => answerOf(context, model))));
    expect(message).toEqual(['first 1, first 2', 'second 1, second 2', 'third']);
  });

  it('show an answer from where it is when its turn comes, and the rest as it comes', async () => {
    const { runId, workflowId } = await probe.submit();
    const [firstSpeaks, secondSpeaks, firstEnds, secondEnds] = [gate(), gate(), gate(), gate()];
    const first = scriptedModel(async function* () {
      yield 'first';
      firstSpeaks.open();
      await firstEnds.opened;
    });
    const second = scriptedModel(async function* () {
      await firstSpeaks.opened;
      yield 'second 1, ';
      secondSpeaks.open();
      await secondEnds.opened;
      yield 'second 2';
    });
    const executor = probe.executorOf(async (context) => {
      await Promise.all([answerOf(context, first), answerOf(context, second)]);
    });
    const running = executor.execute(runId, never());
    const streamed = async () => JSON.stringify(await probe.streamed(workflowId));
    await secondSpeaks.opened;
    await until(async () => (await streamed()).includes('first'), 'the first is shown');
    expect(await streamed()).not.toContain('second 1');
    firstEnds.open();
    await until(async () => (await streamed()).includes('second 1'), 'the second is shown');
    expect(await streamed()).not.toContain('second 2');
    secondEnds.open();
    expect(await running).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  });

  it('keep the answer of one when the provider of the other breaks off', async () => {
    const [cutSpeaks, otherIsWhole] = [gate(), gate()];
    const cut = scriptedModel(
      async function* () {
        yield 'half';
        cutSpeaks.open();
        await otherIsWhole.opened;
        throw providerIsAway();
      },
      async function* () {
        yield 'whole';
      },
    );
    const other = scriptedModel(async function* () {
      await cutSpeaks.opened;
      yield 'other';
      otherIsWhole.open();
    });
    const message = await messageOf((context) => Promise.all([answerOf(context, cut), answerOf(context, other)]));
    expect(message).toEqual(['whole', 'other']);
  });

  it('show nothing of a try that broke off before its turn came', async () => {
    const { runId, workflowId } = await probe.submit();
    const [firstSpeaks, otherIsWhole] = [gate(), gate()];
    const first = scriptedModel(async function* () {
      yield 'first';
      firstSpeaks.open();
      await otherIsWhole.opened;
    });
    const other = scriptedModel(
      async function* () {
        await firstSpeaks.opened;
        yield 'half';
        throw providerIsAway();
      },
      async function* () {
        yield 'whole';
        otherIsWhole.open();
      },
    );
    const views = new MessageViews(probe, { runId, workflowId });
    const agent = views.recorded(async (context) => {
      await Promise.all([answerOf(context, first), answerOf(context, other)]);
    });
    expect(await probe.executorOf(agent).execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(outline(await views.live())).toEqual(['first', 'whole']);
    expect(await views.rebuilt()).toEqual(await views.live());
    expect(JSON.stringify(await probe.streamed(workflowId))).not.toMatch(/half|reset-step/);
  });

  it('keep progress, parts of their own and results of tools beside an answer that breaks off', async () => {
    const [cutSpeaks, cutIsAlone] = [gate(), gate()];
    const asking = scriptedModel(
      async function* () {
        yield { toolCallId: 'ask', toolName: 'lookUp', input: { word: 'holdfast' } };
      },
      async function* () {
        yield 'found it';
      },
    );
    const cut = scriptedModel(
      async function* () {
        yield 'half';
        cutSpeaks.open();
        await cutIsAlone.opened;
        throw providerIsAway();
      },
      async function* () {
        yield 'whole';
      },
    );
    const message = await messageOf(async (context) => {
      const slowTool = context.step('nothing in the message', () => null);
      const others = slowTool.then(async () => {
        await cutSpeaks.opened;
        const underWay = [
          context.progress('beside'),
          context.emit('own', [{ type: 'data-own', data: { text: 'beside' } }]),
          answerOf(context, asking),
        ];
        await context.step('needs no turn', () => null);
        cutIsAlone.open();
        await Promise.all(underWay);
      });
      await Promise.all([others, answerOf(context, cut)]);
    });
    expect(message).toHaveLength(5);
    expect(message[0]).toBe('whole');
    expect(message.toSorted()).toEqual([
      'data-own: beside',
      'data-progress: beside',
      'found it',
      'tool-lookUp ask: output-available',
      'whole',
    ]);
  });

  it('keep what an answer has shown that failed for good, when the agent goes on', async () => {
    const refused = scriptedModel(async function* () {
      yield 'half';
      throw providerRefuses();
    });
    const message = await messageOf(async (context) => {
      const failure = await answerOf(context, refused).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StepError);
      await context.progress('without it');
    });
    expect(message).toEqual(['half', 'data-progress: without it']);
  });

  it('hold no more of an answer back than a step may have', async () => {
    const { runId } = await probe.submit();
    const firstSpeaks = gate();
    const endless = scriptedModel(async function* () {
      yield 'first';
      firstSpeaks.open();
      await Promise.withResolvers<void>().promise;
    });
    let given = 0;
    const large = scriptedModel(async function* () {
      await firstSpeaks.opened;
      for (; ; given++) yield 'x'.repeat(limits.chunkBytes / 2);
    });
    const executor = probe.executorOf(async (context) => {
      await Promise.all([answerOf(context, endless), answerOf(context, large)]);
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('OUTPUT_LIMIT');
    expect(given).toBeLessThan((4 * limits.stepBytes) / limits.chunkBytes);
  });
});
