import type { ModelMessage } from 'ai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, AttemptStopped, defineFunctionTool } from '#libs/engine';
import { MessageViews, outline } from './message-views.ts';
import { memoryRuns, never } from './probe-runs.ts';
import { providerIsAway, type ScriptedTry, scriptedModel } from './scripted-model.ts';

const probe = memoryRuns();

/** A tool that writes down the key of each of its executions. */
function bookingTool() {
  const booked: [seat: number, key: string][] = [];
  const book = defineFunctionTool({
    description: 'Books a seat.',
    inputSchema: z.object({ seat: z.number() }),
    execute: async ({ seat }, { idempotencyKey }) => {
      booked.push([seat, idempotencyKey]);
      return { seat };
    },
  });
  return { book, booked };
}

const done: ScriptedTry = async function* () {
  yield 'done';
};

/** As of a provider that counts the calls of each answer from zero. */
function asksFor(...seats: unknown[]): ScriptedTry {
  return async function* () {
    for (const [index, seat] of seats.entries())
      yield { toolCallId: `call_${index}`, toolName: 'book', input: { seat } };
  };
}

function converse(
  context: AgentContext,
  model: ReturnType<typeof scriptedModel>,
  tools: { book: ReturnType<typeof bookingTool>['book'] },
) {
  const messages: ModelMessage[] = [{ role: 'user', content: 'Book.' }];
  return context.generate({ model, instructions: '', messages, tools, maxSteps: 4 });
}

/** The ids in the conversation that a model was shown, each call's and each result's. */
function idsIn(prompt: readonly { content: unknown }[]): string[] {
  return prompt.flatMap(({ content }) =>
    Array.isArray(content) ? content.flatMap((part) => ('toolCallId' in part ? [part.toolCallId] : [])) : [],
  );
}

it('gives each tool call of a run an id of its own when the provider reuses them', async () => {
  const started = await probe.submit();
  const { book, booked } = bookingTool();
  const model = scriptedModel(asksFor(1, 2), asksFor(3, 'no seat'), asksFor(5), done);
  const views = new MessageViews(probe, started);
  const agent = views.recorded(async (context) => {
    await converse(context, model, { book });
  });
  expect(await probe.executorOf(agent).execute(started.runId, never())).toMatchObject({ status: 'SUCCEEDED' });
  const ids = ['call_0', 'call_1', 'call_0_2', 'call_0_3'];
  const { runId } = started;
  expect(booked.toSorted(([seat], [other]) => seat - other)).toEqual(
    [1, 2, 3, 5].map((seat, index) => [seat, `${runId}:${ids[index]}`]),
  );
  const message = await views.live();
  expect(outline(message)).toEqual([
    'tool-book call_0: output-available',
    'tool-book call_1: output-available',
    'tool-book call_0_2: output-available',
    'tool-book call_1_2: output-error',
    'tool-book call_0_3: output-available',
    'done',
  ]);
  const outputs = message.flatMap((part) => ('output' in part && part.output ? [part.output] : []));
  expect(outputs).toEqual([{ seat: 1 }, { seat: 2 }, { seat: 3 }, { seat: 5 }]);
  expect(await views.rebuilt()).toEqual(message);
  const asked = idsIn(model.doStreamCalls.at(-1)?.prompt ?? []);
  expect(asked.toSorted()).toEqual([...ids, 'call_1_2'].flatMap((id) => [id, id]).toSorted());
});

it('gives a tool call that comes after a takeover an id that no earlier attempt has used', async () => {
  const { runId } = await probe.submit();
  const { book, booked } = bookingTool();
  const stop = new AbortController();
  const first = scriptedModel(asksFor(1), async function* () {
    yield* asksFor(2)({ toolsAnswered: true });
    stop.abort(new AttemptStopped());
  });
  const before = probe.executorOf(async (context) => {
    await converse(context, first, { book });
  });
  expect(await before.execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
  const second = scriptedModel(asksFor(2), done);
  const after = probe.executorOf(async (context) => {
    await converse(context, second, { book });
  });
  expect(await after.execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
  expect(booked).toEqual([
    [1, `${runId}:call_0`],
    [2, `${runId}:call_0_2`],
  ]);
});

it('gives the call of an answer that is asked for again the id that the broken-off one had', async () => {
  const { runId } = await probe.submit();
  const { book, booked } = bookingTool();
  const broken: ScriptedTry = async function* (call) {
    yield* asksFor(1)(call);
    throw providerIsAway();
  };
  const model = scriptedModel(broken, asksFor(1), done);
  const executor = probe.executorOf(async (context) => {
    await converse(context, model, { book });
  });
  expect(await executor.execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
  expect(booked).toEqual([[1, `${runId}:call_0`]]);
});

it('gives the calls of branches that run side by side ids of their own', async () => {
  const { runId } = await probe.submit();
  const { book, booked } = bookingTool();
  const models = [scriptedModel(asksFor(1), done), scriptedModel(asksFor(2), done)];
  const executor = probe.executorOf(async (context) => {
    await Promise.all(models.map((model) => converse(context, model, { book })));
  });
  expect(await executor.execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
  expect(booked.map(([seat]) => seat).toSorted()).toEqual([1, 2]);
  expect(booked.map(([, key]) => key).toSorted()).toEqual([`${runId}:call_0`, `${runId}:call_0_2`]);
});
