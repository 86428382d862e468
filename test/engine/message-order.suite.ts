import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, AttemptStopped, defineFunctionTool, FatalError, type RunStore } from '#libs/engine';
import { MessageViews, outline } from './message-views.ts';
import { gate, never, type ProbeRuns } from './probe-runs.ts';
import { providerIsAway, providerRefuses, type ScriptedTry, scriptedModel } from './scripted-model.ts';

let probe: ProbeRuns;

const operation = fc.record({
  kind: fc.constantFrom('progress' as const, 'emit' as const, 'step' as const, 'answer' as const, 'ask' as const),
  /** Turns of the event loop before each thing that a model says. */
  pause: fc.integer({ min: 0, max: 6 }),
  /** How many tries of a model call break off in the middle. */
  cuts: fc.integer({ min: 0, max: 2 }),
  /** Whether the provider refuses in the end. */
  refused: fc.boolean(),
});
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

const program = fc.record({
  branches: fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 }),
  /** After how many things that happened each attempt but the last is stopped. */
  stops: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
});

const lookUp = defineFunctionTool({
  description: 'Looks something up.',
  inputSchema: z.object({}),
  execute: async () => ({ found: true }),
});

/** What a branch must have added to the message, in this order. What a refused answer has shown may stay or not. */
function expectedOf(operations: Operation[], branch: number): string[] {
  return operations.flatMap(({ kind, refused }, index) => {
    const name = `${branch}.${index}`;
    if (kind === 'step' || (kind === 'answer' && refused)) return [];
    if (kind === 'answer') return [`${name} one two`];
    if (kind === 'ask') return [`tool-lookUp ${name}: output-available`, `${name} one two`];
    return [`data-${kind === 'progress' ? 'progress' : 'own'}: ${name}`];
  });
}

/** `cutsLeft`, by the name of the operation, outlives attempts, as the tries of a step do. */
async function runBranch(
  context: AgentContext,
  operations: Operation[],
  branch: number,
  cutsLeft: Map<string, number>,
  happened: () => void,
) {
  for (const [index, { kind, pause, cuts, refused }] of operations.entries()) {
    const name = `${branch}.${index}`;
    const answer: ScriptedTry = async function* ({ toolsAnswered }) {
      happened();
      if (kind === 'ask' && !toolsAnswered) {
        yield { toolCallId: name, toolName: 'lookUp', input: {} };
        return;
      }
      yield `${name} one`;
      for (let turn = 0; turn < pause; turn++) await setImmediate();
      happened();
      const left = cutsLeft.get(name) ?? cuts;
      cutsLeft.set(name, left - 1);
      if (left > 0) throw providerIsAway();
      if (refused && kind === 'answer') throw providerRefuses();
      yield ' two';
    };
    const model = scriptedModel(...Array.from({ length: 5 }, () => answer));
    if (kind === 'progress') await context.progress(name);
    if (kind === 'emit') await context.emit('own', [{ type: 'data-own', data: { text: name } }]);
    if (kind === 'step') await context.step('quiet', () => null);
    if (kind === 'answer' || kind === 'ask') {
      const messages = [{ role: 'user' as const, content: name }];
      const answered = context.generate({ model, instructions: '', messages, tools: { lookUp }, maxSteps: 2 });
      if (refused && kind === 'answer') await answered.catch(() => undefined);
      else await answered;
    }
    happened();
  }
}

type Program = typeof program extends fc.Arbitrary<infer Value> ? Value : never;

/** Runs the program to its end, one attempt after the other, with a branch more that may fail. */
async function runToItsEnd({ branches, stops }: Program, failing: (context: AgentContext) => Promise<void>) {
  const started = await probe.submit();
  const views = new MessageViews(probe, started);
  const cutsLeft = new Map<string, number>();
  for (const stopAfter of [...stops, null]) {
    const stop = new AbortController();
    let left = stopAfter ?? Number.POSITIVE_INFINITY;
    const agent = views.recorded(async (context) => {
      const happened = () => {
        if (--left === 0) stop.abort(new AttemptStopped());
      };
      await Promise.all([
        ...branches.map((operations, branch) => runBranch(context, operations, branch, cutsLeft, happened)),
        failing(context),
      ]);
    });
    const result = await probe.executorOf(agent).execute(started.runId, stopAfter ? stop.signal : never());
    if (result.kind !== 'released') break;
  }
  return { views, run: await probe.runOf(started.runId) };
}

const failure = fc.record({
  /** How many steps the failing branch gets through before. */
  steps: fc.integer({ min: 0, max: 6 }),
  /** Whether a step fails, or the code between two steps. */
  inStep: fc.boolean(),
});

/** A tool that was under way is closed in the message, and open in what the next attempt begins with. */
function withoutOutcome(part: string): string {
  return part.replace(/^(tool-.*): .*$/, '$1');
}

/** @param numRuns how many programs each property is tried with */
export function messageOrderSuite(connect: () => Promise<ProbeRuns>, numRuns: number): void {
  beforeAll(async () => {
    probe = await connect();
  });
  afterAll(() => probe?.close?.());

  it('adds the steps of parallel branches to the message one whole step behind the other, whatever breaks off', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (given) => {
        const { branches } = given;
        const { views, run } = await runToItsEnd(given, async () => undefined);
        expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
        const message = await views.stored();
        expect(await views.live()).toEqual(message);
        expect(await views.rebuilt()).toEqual(message);
        const shown = outline(message).filter((part) => !/ one$/.test(part));
        expect(shown.toSorted()).toEqual(branches.flatMap(expectedOf).toSorted());
        for (const [branch, operations] of branches.entries()) {
          expect(shown.filter((part) => part.includes(` ${branch}.`) || part.startsWith(`${branch}.`))).toEqual(
            expectedOf(operations, branch),
          );
        }
      }),
      { numRuns },
    );
  }, 600_000);

  it('shows the same message of a run that fails while other branches are at work, live, stored and rebuilt', async () => {
    await fc.assert(
      fc.asyncProperty(program, failure, async (given, { steps, inStep }) => {
        const { views, run } = await runToItsEnd(given, async (context) => {
          for (let step = 0; step < steps; step++) await context.step('quiet', () => null);
          const fail = () => {
            throw new FatalError('STEP_FAILED');
          };
          if (inStep) await context.step('failing', fail);
          fail();
        });
        expect(run).toMatchObject({ status: 'FAILED', error: { code: 'STEP_FAILED' } });
        const message = await views.stored();
        expect(await views.live()).toEqual(message);
        const shown = outline(message).map(withoutOutcome);
        const rebuilt = outline(await views.rebuilt()).map(withoutOutcome);
        // Whoever has the turn may have been cut off in an answer, which is closed and has not been stored.
        expect(shown.slice(0, rebuilt.length)).toEqual(rebuilt);
        expect(shown.slice(rebuilt.length).filter((part) => part.startsWith('data-'))).toEqual([]);
        expect(shown.length - rebuilt.length).toBeLessThanOrEqual(1);
      }),
      { numRuns },
    );
  }, 600_000);

  it('waits for the commit under way when the run fails, and refuses those behind it', async () => {
    const started = await probe.submit();
    const views = new MessageViews(probe, started);
    const committing = gate();
    const store: RunStore = Object.create(probe.store);
    store.completeStep = async (...args) => {
      committing.reach();
      await committing.opened;
      return probe.store.completeStep(...args);
    };
    const agent = views.recorded(async (context) => {
      void context.progress('under way');
      await committing.reached;
      const executed = gate();
      void context.step('beside', () => {
        executed.open();
        return null;
      });
      await executed.opened;
      // By then the second commit stands behind the first, and the run has failed when that one is done.
      await setImmediate();
      void setImmediate().then(committing.open);
      throw new FatalError('STEP_FAILED');
    });
    expect(await probe.executorOf(agent, { store }).execute(started.runId, never())).toEqual({
      kind: 'finished',
      status: 'FAILED',
    });
    const steps = await probe.stepsOf(started.runId);
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual(['progress SUCCEEDED', 'beside CANCELED']);
    expect(outline(await views.stored())).toEqual(['data-progress: under way']);
    expect(await views.live()).toEqual(await views.stored());
  });
}
