import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase, type EmptyDatabase, promptCommand } from '../testing/test-database.js';
import { PersistenceModule } from './persistence.module.js';
import { PromptSubmission } from './prompt-submission.js';
import { RunCancellation } from './run-cancellation.js';
import { RunRetry } from './run-retry.js';
import { runMigrations } from './schema-migrations.js';
import { StrandedRuns } from './stranded-runs.js';
import { WorkflowEditing } from './workflow-editing.js';
import { WorkflowReader } from './workflow-reader.js';

describe('the module', () => {
  let database: EmptyDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
    await runMigrations(database.dataSource);
  });
  afterAll(() => database.drop());

  it('gives an application every class on one connected data source, and closes it with the application', async () => {
    const module = await Test.createTestingModule({
      imports: [
        PersistenceModule.forRoot({ databaseUrl: database.url, applicationName: 'module-spec', program: 'api' }),
      ],
    }).compile();
    await module.init();
    const dataSource = module.get(DataSource);
    for (const type of [RunCancellation, RunRetry, StrandedRuns, WorkflowEditing]) {
      expect(module.get<object>(type)).toBeInstanceOf(type);
    }
    const result = await (await module.get(PromptSubmission).submit(promptCommand())).result;
    if (result.kind !== 'accepted') throw new Error(result.kind);
    const snapshot = await module.get(WorkflowReader).workflowSnapshot(result.run.ownerId, result.workflow.id);
    expect(snapshot?.activeRun?.id).toBe(result.run.id);
    expect(await dataSource.query(`SELECT current_setting('application_name') AS name`)).toEqual([
      { name: 'module-spec' },
    ]);
    await module.close();
    expect(dataSource.isInitialized).toBe(false);
  });
});
