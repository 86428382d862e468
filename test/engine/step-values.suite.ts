import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { type AgentContext, AttemptStopped } from '#libs/engine';
import { never, type ProbeRuns } from './probe-runs.ts';

let probe: ProbeRuns;

/** What the agent sees when it runs, and what it sees when it runs again with everything stored. */
async function liveAndReplayed(see: (context: AgentContext) => Promise<unknown>): Promise<[unknown, unknown]> {
  const { runId } = await probe.submit();
  const stop = new AbortController();
  const seen: unknown[] = [];
  const executor = probe.executorOf(async (context) => {
    seen.push(await see(context));
    if (context.attempt === 1) stop.abort(new AttemptStopped());
  });
  expect(await executor.execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
  expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  return [seen[0], seen[1]];
}

/** Equal, and with the keys in the same order everywhere. */
function expectSame([live, replayed]: [unknown, unknown]): void {
  expect(JSON.stringify(replayed)).toBe(JSON.stringify(live));
  expect(isDeepStrictEqual(replayed, live)).toBe(true);
}

class Money {
  constructor(readonly cents: number) {}
  toJSON(): unknown {
    return { longName: this.cents, eur: this.cents / 100 };
  }
}

const oddValue = fc.constantFrom<unknown>(
  undefined,
  Number.NaN,
  -0,
  Number.POSITIVE_INFINITY,
  5e-324,
  1.7976931348623157e308,
  new Date(0),
  new Date(Number.NaN),
  new Map([['a', 1]]),
  new Uint8Array([1, 2]),
  new Money(250),
  Object(7),
  () => 'a function',
  Symbol('a symbol'),
  // biome-ignore lint/suspicious/noSparseArray: a hole is the odd value.
  [1, , undefined],
  { kept: 1, dropped: undefined },
  '\0 and half an emoji \uD83D',
);
const oddKey = fc.constantFrom('__proto__', 'constructor', '10', '2', '', '\0', '\uE0FF0000', '\uDE00');
const anyKey = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), oddKey);
const { anyValue } = fc.letrec<{ anyValue: unknown }>((tie) => ({
  anyValue: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue({ stringUnit: 'binary' }),
    oddValue,
    fc.array(tie('anyValue'), { maxLength: 4 }),
    fc.array(fc.tuple(anyKey, tie('anyValue')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** @param numRuns how many lists of values are tried */
export function stepValuesSuite(connect: () => Promise<ProbeRuns>, numRuns: number): void {
  beforeAll(async () => {
    probe = await connect();
  });
  afterAll(() => probe?.close?.());

  describe('the value of a step', () => {
    it('is the same live and replayed, whatever the step returned, with its keys in the same order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyValue, { minLength: 1, maxLength: 12 }), async (values) => {
          expectSame(
            await liveAndReplayed(async (context) => {
              const seen: JsonValue[] = [];
              for (const value of values) seen.push(await context.step('value', () => value as JsonValue));
              return seen;
            }),
          );
        }),
        { numRuns },
      );
    }, 600_000);

    it('keeps the order of its keys, so that what is made of it is the same in a replay', async () => {
      const [live, replayed] = await liveAndReplayed(async (context) => {
        const facts = await context.step('facts', () => ({ zeta: 1, a: 2, longer: 3 }));
        // Another text under the same name would be another path.
        await context.progress(JSON.stringify(facts));
        for (const key of Object.keys(facts)) await context.step(`look into ${key}`, () => null);
        return Object.keys(facts);
      });
      expect(live).toEqual(['zeta', 'a', 'longer']);
      expect(replayed).toEqual(live);
    });

    it('is what JSON makes of it, also in the attempt in which it is computed', async () => {
      const [live] = await liveAndReplayed((context) =>
        context.step(
          'odd',
          () => ({ at: new Date(0), none: undefined, price: new Money(250) }) as unknown as JsonValue,
        ),
      );
      expect(live).toEqual({ at: '1970-01-01T00:00:00.000Z', price: { longName: 250, eur: 2.5 } });
    });

    it('that is the answer to a hook keeps the order of its keys', async () => {
      const { runId } = await probe.submit();
      const seen: string[] = [];
      const stop = new AbortController();
      const executor = probe.executorOf(async (context) => {
        seen.push(JSON.stringify(await context.hook('form', { schema: z.record(z.string(), z.json()) })));
        if (seen.length === 1) stop.abort(new AttemptStopped());
      });
      expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
      const payload = { zeta: { longer: 1, b: 2 }, a: '\0', '10': null };
      await probe.answer(runId, 'form', payload);
      expect(await executor.execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
      expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
      expect(seen).toEqual(Array(2).fill(JSON.stringify(payload)));
    });

    it('that has no JSON ends the run, naming the step, which is executed once', async () => {
      const { runId } = await probe.submit();
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      let executed = 0;
      const executor = probe.executorOf(async (context) => {
        await context.step('fine', () => null);
        await context.step('count', () => {
          executed++;
          return (context.prompt === 'circle' ? circle : 10n) as unknown as string;
        });
      });
      for (const id of [runId, (await probe.submit('circle')).runId]) {
        expect(await executor.execute(id, never())).toEqual({ kind: 'finished', status: 'FAILED' });
        expect((await probe.runOf(id)).error).toMatchObject({
          code: 'STEP_FAILED',
          message: 'The result of "count" is not JSON, so it cannot be stored.',
        });
        expect((await probe.stepsOf(id)).map((step) => step.status)).toEqual(['SUCCEEDED', 'FAILED']);
      }
      expect(executed).toBe(2);
    });
  });
}
