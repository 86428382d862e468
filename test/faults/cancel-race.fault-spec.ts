import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryCheck } from '../support/delivery-check.ts';
import { uniquePrompt } from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

const rounds = sized(60, 1_000);
const sideBySide = 4;
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, workers: 1 });
});

afterAll(async () => {
  await system?.stop();
});

/** What two subscribers, the log and Postgres say about the end of one run that was canceled when it was about to end. */
async function raceOnce(round: number): Promise<{ status: string; said: unknown[]; log: unknown[] }> {
  const { runId, workflowId } = await system.api.start(uniquePrompt());
  const subscribers = [new TestSubscriber(system.api.socket, workflowId).open()];
  // As many events behind the beginning of the end as the round says. Every seventh waits for the end itself, so that
  // there are ends of both kinds whichever process is the slow one.
  const [first] = subscribers;
  const moment = round % 7;
  await first?.until(() => {
    const at = first.events.findIndex((event) => event.runStatus === 'COMPLETING');
    return (moment < 6 && at >= 0 && first.events.length > at + moment) || first.sawTheEndOf(runId);
  }, 'the run is about to end');
  const canceling = system.api.cancelRun(runId);
  subscribers.push(new TestSubscriber(system.api.socket, workflowId).open());
  const { run, userErrors } = await canceling;
  for (const subscriber of subscribers) await subscriber.sawEndOf(runId);
  const { status } = await until(async () => {
    const current = await system.evidence.run(runId);
    return current.streamClosed ? current : null;
  }, 'the end stands in the stream');
  expect(userErrors.length === 0 ? run?.status : 'SUCCEEDED').toBe(status);
  const said = subscribers.flatMap((subscriber) => subscriber.terminalEvents(runId).map((event) => event.runStatus));
  const log = (await system.evidence.logEnds(workflowId)).map((end) => end.runStatus);
  const check = await DeliveryCheck.of(system, { workflowId, runId });
  for (const subscriber of subscribers) await check.passes(subscriber);
  for (const subscriber of subscribers) subscriber.close();
  return { status, said, log };
}

describe('a cancel that meets the end of its run', () => {
  it(`leaves one end, the same for everyone (${rounds} rounds)`, { timeout: faultTimeoutMs }, async () => {
    const ends: Record<string, number> = { CANCELED: 0, SUCCEEDED: 0 };
    for (let round = 0; round < rounds; round += sideBySide) {
      const races = Array.from({ length: Math.min(sideBySide, rounds - round) }, (_, index) => raceOnce(round + index));
      for (const { status, said, log } of await Promise.all(races)) {
        ends[status] = (ends[status] ?? 0) + 1;
        expect(said.filter((end) => end !== status)).toEqual([]);
        expect(log).toEqual([status]);
      }
    }
    expect(Object.keys(ends)).toEqual(['CANCELED', 'SUCCEEDED']);
    expect(ends.CANCELED).toBeGreaterThan(0);
    expect(ends.SUCCEEDED).toBeGreaterThan(0);
  });
});
