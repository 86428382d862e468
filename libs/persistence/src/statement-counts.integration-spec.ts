import { afterAll, beforeAll, expect, it } from 'vitest';
import { cursorAt, runErrorInfo, segmentOf } from '#libs/contracts';
import type { ClaimResult } from '#libs/engine';
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
  const start = { name: 'counted', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;
  expect(await statementsOf(() => store.startStep(claim, start))).toBe(1);
  const { step } = await store.startStep(claim, start);
  const failure = { error: runErrorInfo('INTERNAL'), retryInMs: 0, usage: null };
  expect(await statementsOf(() => store.failStepTry(claim, step.id, failure))).toBe(1);
  expect(await statementsOf(() => store.startStep(claim, start))).toBe(1);
  const checkpoint = { segments: [segmentOf(1, textPart('0', 'done'))], cursor: cursorAt(claim.epoch, 1) };
  expect(await statementsOf(() => store.completeStep(claim, step.id, stepResult(), checkpoint))).toBe(1);
  const completed = { stepId: step.id, result: stepResult() };
  const next = { ...start, occurrence: 1 };
  expect(await statementsOf(() => store.completeAndStartStep(claim, completed, next))).toBe(1);
});

it('a run is claimed, begins to complete and is closed in one statement each, and ends in few', async () => {
  const { run, workflow } = await db.submit();
  let claimed: ClaimResult | undefined;
  expect(await statementsOf(async () => (claimed = await store.claimRun(run.id)))).toBe(1);
  if (claimed?.kind !== 'claimed') throw new Error('The run was not claimed.');
  const { claim } = claimed.run;
  expect(await statementsOf(() => store.markEndsPublished([]))).toBe(0);
  expect(await statementsOf(() => store.beginCompleting(claim))).toBe(1);
  const outcome = { status: 'SUCCEEDED', title: 'Titled', saveRevision: true } as const;
  const checkpoint = { segments: [segmentOf(1, textPart('0', 'done'))], cursor: cursorAt(1, 1) };
  // BEGIN and its limits, the end, the checkpoint, the message read and stored as one list, COMMIT.
  expect(await statementsOf(() => store.finishRun(claim, outcome, checkpoint))).toBe(7);
  expect(await statementsOf(() => store.markStreamClosed(claim, cursorAt(1, 2)))).toBe(1);
  // The next run of the workflow also reads what was said before.
  const next = await db.submit({ workflowId: workflow.id });
  expect(await statementsOf(() => store.claimRun(next.run.id))).toBe(2);
});

it('a prompt is stored in one statement, and read again in two for the answer', async () => {
  for (const command of [promptCommand(), promptCommand({ idempotencyKey: 'counted' })]) {
    expect(await statementsOf(() => submission.submit(command))).toBe(3);
  }
  // A workflow with a run in progress is locked, so there is nothing to read.
  const { workflow } = await db.submit();
  expect(await statementsOf(() => submission.submit(promptCommand({ workflowId: workflow.id })))).toBe(1);
});
