/**
 * The time from submitting a prompt to the first chunk of the model's answer at a subscriber. The lower bound calls the AI
 * SDK directly on the same simulator at full speed; Holdfast goes through the API, Postgres, the queue, a worker and Redis.
 */
import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { System } from '../test/support/system.ts';
import { TestSubscriber } from '../test/support/test-subscriber.ts';
import { until } from '../test/support/until.ts';
import type { ViewedEvent } from '../test/support/viewed-workflow.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { unlimited } from './unlimited.ts';

const WARM_UP = 5;
const ROUNDS = 25;
const PROMPT = 'Every Monday at 8, post a summary of open issues in Slack.';

export async function submitToFirstChunk(): Promise<BenchmarkRow[]> {
  const system = await System.start({ tokensPerSecond: 0, apiEnvironment: unlimited });
  try {
    const floor: number[] = [];
    const firstPrompt: number[] = [];
    const watched: number[] = [];
    // Rounds alternate, so that other work on the machine affects all of them equally.
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const measured = [await directCall(system), await newWorkflow(system), await watchedWorkflow(system)] as const;
      if (round < 0) continue;
      floor.push(measured[0]);
      firstPrompt.push(measured[1]);
      watched.push(measured[2]);
    }
    return compare('Submit to first chunk', 'ms', [
      { subject: 'AI SDK, direct call', samples: floor },
      { subject: 'Holdfast, new workflow', samples: firstPrompt, note: 'submit, then subscribe' },
      { subject: 'Holdfast, watched workflow', samples: watched, note: 'subscriber already subscribed' },
    ]);
  } finally {
    await system.stop();
  }
}

async function directCall(system: System): Promise<number> {
  const openai = createOpenAI({ baseURL: `${system.simulatorUrl}/v1`, apiKey: 'simulator' });
  const stop = new AbortController();
  const start = performance.now();
  const result = streamText({
    model: openai('simulator'),
    prompt: PROMPT,
    maxRetries: 0,
    abortSignal: stop.signal,
    providerOptions: { openai: { store: false, forceReasoning: true, reasoningSummary: 'auto' } },
  });
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') return performance.now() - start;
    }
    throw new Error('The simulator answered nothing.');
  } finally {
    stop.abort();
  }
}

async function newWorkflow(system: System): Promise<number> {
  const start = performance.now();
  const { workflowId, runId } = await system.api.start(PROMPT);
  const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
  await firstChunk(subscriber, runId);
  const elapsed = performance.now() - start;
  await endOf(system, subscriber, runId);
  return elapsed;
}

async function watchedWorkflow(system: System): Promise<number> {
  const first = await system.api.start(PROMPT);
  const subscriber = new TestSubscriber(system.api.socket, first.workflowId).open();
  await endOf(system, subscriber, first.runId, false);
  const start = performance.now();
  const { runId } = await system.api.start('Rename it to Monday report', first.workflowId);
  await firstChunk(subscriber, runId);
  const elapsed = performance.now() - start;
  await endOf(system, subscriber, runId);
  return elapsed;
}

/** Resolves in the same turn of the event loop in which the first delta of the run is delivered. */
function firstChunk(subscriber: TestSubscriber, runId: string): Promise<void> {
  return new Promise((resolve) => {
    subscriber.onEvent = (event) => {
      if (holdsDelta(event, runId)) resolve();
    };
    for (const event of subscriber.events) if (holdsDelta(event, runId)) resolve();
  });
}

function holdsDelta(event: ViewedEvent, runId: string): boolean {
  const deltas = (chunks: { type: string }[] = []) => chunks.some((chunk) => chunk.type.endsWith('-delta'));
  if (event.__typename === 'MessageChunks') return event.runId === runId && deltas(event.chunks);
  return event.workflow?.activeRun?.id === runId && deltas(event.workflow.messages.at(-1)?.chunks);
}

async function endOf(system: System, subscriber: TestSubscriber, runId: string, close = true): Promise<void> {
  await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds', 60_000);
  await until(
    () => subscriber.terminalEvents(runId).length > 0 || subscriber.batches.at(-1)?.caughtUp,
    'the subscriber is done',
  );
  if (close) subscriber.close();
}
