/** Every migration, oldest first. */
import { CreateWorkflowsAndRuns1795132800000 } from './1795132800000-create-workflows-and-runs.js';
import { CreateStepsAndHooks1795132801000 } from './1795132801000-create-steps-and-hooks.js';
import { CreateAppendOnlyRunHistory1795132802000 } from './1795132802000-create-append-only-run-history.js';
import { LetRunsWait1795132803000 } from './1795132803000-let-runs-wait.js';
import { KeepUsageOfStepAttempts1795132804000 } from './1795132804000-keep-usage-of-step-attempts.js';

export const allMigrations = [
  CreateWorkflowsAndRuns1795132800000,
  CreateStepsAndHooks1795132801000,
  CreateAppendOnlyRunHistory1795132802000,
  LetRunsWait1795132803000,
  KeepUsageOfStepAttempts1795132804000,
];
