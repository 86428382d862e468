import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, runIdsOf, startGenerations, uniquePrompt, untilEnded } from '../support/generations.ts';
import { System } from '../support/system.ts';

/**
 * Through the whole system: what a failing model means for a run and for its subscribers. Single calls stand beside the
 * engine's tests.
 */
const endings = [
  { fault: 'status=429', status: 'SUCCEEDED', retries: 1 },
  { fault: 'status=429 retry-after-ms=300', status: 'SUCCEEDED', retries: 1 },
  { fault: 'status=429 retry-after=3600', status: 'FAILED', code: 'PROVIDER_RATE_LIMITED', retries: 0 },
  { fault: 'status=429 retry-after-ms=100 times=100', status: 'FAILED', code: 'PROVIDER_RATE_LIMITED', retries: 3 },
  { fault: 'status=503', status: 'SUCCEEDED', retries: 1 },
  { fault: 'status=500 retry-after-ms=100 times=100', status: 'FAILED', code: 'PROVIDER_UNAVAILABLE', retries: 3 },
  { fault: 'status=400', status: 'FAILED', code: 'PROVIDER_REJECTED', retries: 0 },
  { fault: 'cut after=3 times=100', status: 'FAILED', code: 'PROVIDER_INTERRUPTED', retries: 3 },
  { fault: 'eof after=3 times=100', status: 'FAILED', code: 'PROVIDER_INTERRUPTED', retries: 3 },
  { fault: 'error after=3 times=100', status: 'FAILED', code: 'PROVIDER_UNAVAILABLE', retries: 3 },
  { fault: 'silent after=3', status: 'SUCCEEDED', retries: 1 },
  { fault: 'silent after=0', status: 'SUCCEEDED', retries: 1 },
  { fault: 'silent after=3 times=100', status: 'FAILED', code: 'PROVIDER_TIMEOUT', retries: 3 },
  { fault: 'drip ms=2600 call=1', status: 'FAILED', code: 'PROVIDER_TIMEOUT', retries: 3 },
  { fault: 'drip ms=20', status: 'SUCCEEDED', retries: 0 },
  { fault: 'refuse', status: 'FAILED', code: 'MODEL_REFUSED', retries: 0 },
  { fault: 'length', status: 'FAILED', code: 'OUTPUT_TOO_LONG', retries: 0 },
  { fault: 'malformed-arguments', status: 'SUCCEEDED', retries: 0 },
  { fault: 'unknown-tool', status: 'SUCCEEDED', retries: 0 },
] as const;

let system: System;
const subscribers = new Map<string, PersistentSubscriber>();

beforeAll(async () => {
  system = await System.start({
    tokensPerSecond: 0,
    workers: 1,
    links: true,
    environment: {
      HOLDFAST_MODEL_IDLE_SECONDS: '2',
      HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: '3',
      HOLDFAST_WORKER_CONCURRENCY: '40',
    },
  });
  // All at once: most of their time is waiting.
  for (const { fault } of endings) {
    const started = await system.api.start(uniquePrompt(`[[sim: ${fault}]]`));
    subscribers.set(fault, new PersistentSubscriber(system, started));
  }
});

afterAll(async () => {
  await system?.stop();
});

describe('a model', () => {
  it.each(endings)('that answers with "$fault" ends its run as $status', async (ending) => {
    const subscriber = subscribers.get(ending.fault) as PersistentSubscriber;
    const { runId, workflowId } = subscriber.generation;
    const [run] = await untilEnded(system, [runId]);
    expect(run).toMatchObject({ status: ending.status, attempts: 1 });
    expect(run?.error?.code).toBe('code' in ending ? ending.code : undefined);
    await subscriber.seesAll();
    const failures = subscriber.events.filter((event) => event.__typename === 'AttemptFailed');
    expect(failures.filter((event) => event.willRetry)).toHaveLength(ending.retries);
    const workflow = await system.api.workflow(workflowId);
    // Whatever happened, the answer is closed and the prompt is free again.
    expect(workflow?.messages.at(-1)?.complete).toBe(true);
    expect(workflow?.promptLock).toBeNull();
    expect(JSON.stringify(workflow?.messages)).not.toContain('"streaming"');
  });

  it('that cannot be reached for a moment is asked again, and the text is neither stale nor doubled', async () => {
    // The cut and the refusal are to hit this run alone.
    await untilEnded(system, runIdsOf([...subscribers.values()].map((earlier) => earlier.generation)));
    const [generation] = await startGenerations(system, 1, '[[sim: text=120]] [[sim: tps=60]]');
    if (!generation) throw new Error('Nothing was started.');
    const subscriber = new PersistentSubscriber(system, generation);
    await subscriber.until(
      () => subscriber.events.filter((event) => event.__typename === 'MessageChunks').length > 5,
      'text arrives',
    );
    system.links.provider.cutAndRefuseOnce();
    await subscriber.until(
      () => subscriber.events.filter((event) => event.__typename === 'AttemptFailed').length > 1,
      'subscribers are told of both failed tries',
    );
    expect(await untilEnded(system, [generation.runId])).toMatchObject([{ status: 'SUCCEEDED', attempts: 1 }]);
    await subscriber.seesAll();
    const message = (await system.api.workflow(generation.workflowId))?.messages.at(-1);
    const text = message?.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('') ?? '';
    const numbers = [...text.matchAll(/ #(\d+)(?!-)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  });
});
