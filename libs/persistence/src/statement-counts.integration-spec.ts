import { afterAll, beforeAll, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, runErrorInfo, segmentOf } from '#libs/contracts';
import { AgentRegistry, type ClaimResult, defineAgent, RunExecutor } from '#libs/engine';
import { MemoryWorkflowStream } from '#libs/engine/testing';
import { StatementCounter } from '../../../test/support/statement-counter.js';
import {
  createTestDatabase,
  promptCommand,
  stepResult,
  type TestDatabase,
  textPart,
} from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { PromptSubmission } from './prompt-submission.js';
import { PostgresRunStore } from './run-store/postgres-run-store.js';

const start = { name: 'counted', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let db: TestDatabase;
let counter: StatementCounter;
let store: PostgresRunStore;
let submission: PromptSubmission;
let close: () => Promise<void>;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  counter = await StatementCounter.before(db.url);
  const dataSource = await createDataSource({ databaseUrl: counter.url, applicationName: 'counted' }).initialize();
  store = new PostgresRunStore(dataSource, () => undefined);
  submission = new PromptSubmission(dataSource);
  close = () => dataSource.destroy();
});
afterAll(async () => {
  await close?.();
  await counter?.stop();
  await db?.drop();
});

/** How many statements the work takes, BEGIN and COMMIT included. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const before = counter.statements;
  await work();
  return counter.statements - before;
}

it('a step starts, is stored with its message, and fails in one statement each', async () => {
  const { claim } = await db.submitAndClaim();
  expect(await statementsOf(() => store.startStep(claim, start))).toBe(1);
  const { step } = await store.startStep(claim, start);
  const failure = { error: runErrorInfo('INTERNAL'), retryInMs: 0, usage: null };
  expect(await statementsOf(() => store.failStepTry(claim, step.id, failure))).toBe(1);
  expect(await statementsOf(() => store.startStep(claim, start))).toBe(1);
  const checkpoint = { segments: [segmentOf(1, textPart('0', 'done'))], cursor: cursorAt(claim.epoch, 1) };
  expect(await statementsOf(() => store.completeStep(claim, step.id, stepResult(), checkpoint))).toBe(1);
  const later = { segments: [segmentOf(4, textPart('1', 'more'))], cursor: cursorAt(claim.epoch, 2) };
  expect(await statementsOf(() => store.checkpoint(claim, later))).toBe(1);
  const completed = { stepId: step.id, result: stepResult(), checkpoint };
  const next = { ...start, occurrence: 1 };
  expect(await statementsOf(() => store.completeAndStartStep(claim, completed, next))).toBe(1);
});

it('a run is claimed, begins to complete, ends and is closed in one statement each', async () => {
  const { run, workflow } = await db.submit();
  let claimed: ClaimResult | undefined;
  expect(await statementsOf(async () => (claimed = await store.claimRun(run.id)))).toBe(1);
  if (claimed?.kind !== 'claimed') throw new Error('The run was not claimed.');
  const { claim } = claimed.run;
  expect(await statementsOf(() => store.markEndsPublished([]))).toBe(0);
  const { step } = await store.startStep(claim, { ...start, name: 'last' });
  const last = { stepId: step.id, result: stepResult(), checkpoint: null };
  expect(await statementsOf(() => store.beginCompleting(claim, last))).toBe(1);
  const outcome = { status: 'SUCCEEDED', title: 'Titled', saveRevision: true } as const;
  const said = textPart('0', 'done');
  const message = { segments: [segmentOf(1, said)], cursor: cursorAt(1, 1), chunks: said };
  expect(await statementsOf(() => store.finishRun(claim, outcome, message))).toBe(1);
  expect(await statementsOf(() => store.markStreamClosed(claim, cursorAt(1, 2)))).toBe(1);
  // What was said before is read in the same statement.
  const next = await db.submit({ workflowId: workflow.id });
  expect(await statementsOf(() => store.claimRun(next.run.id))).toBe(1);
});

it('a run of three instant steps takes six statements, and no transaction', async () => {
  const agent = defineAgent('counted', {
    run: async (context) => {
      for (let at = 0; at < 3; at += 1) await context.step('instant', () => at);
    },
  });
  const { run } = await db.submit({ agent: agent.name });
  const stream = new MemoryWorkflowStream();
  const agents = new AgentRegistry([agent]);
  const executor = new RunExecutor({ store, stream, agents, logger: quiet, hookSecret: 'secret' });
  const signal = new AbortController().signal;
  // The claim, the first start, two results with the next start, the last result with the end, the record of the end.
  expect(await statementsOf(() => executor.execute(run.id, signal))).toBe(6);
  expect(await db.reader.run(LOCAL_USER_ID, run.id)).toMatchObject({ status: 'SUCCEEDED' });
});

it('a prompt is stored in one statement, and both its rows are read in one more for the answer', async () => {
  for (const command of [promptCommand(), promptCommand({ idempotencyKey: 'counted' })]) {
    let answer: Promise<unknown> | undefined;
    expect(await statementsOf(async () => (answer = (await submission.submit(command)).result))).toBe(2);
    expect(await answer).toMatchObject({ kind: 'accepted' });
  }
  // A workflow with a run in progress is locked, so there is nothing to read.
  const { workflow } = await db.submit();
  expect(await statementsOf(() => submission.submit(promptCommand({ workflowId: workflow.id })))).toBe(1);
});
