/** Every migration, oldest first. */
import { CreateWorkflowsAndRuns1795132800000 } from './1795132800000-create-workflows-and-runs.js';
import { CreateStepsAndHooks1795132801000 } from './1795132801000-create-steps-and-hooks.js';
import { CreateAppendOnlyRunHistory1795132802000 } from './1795132802000-create-append-only-run-history.js';
import { LetRunsWait1795132803000 } from './1795132803000-let-runs-wait.js';
import { OrderHistoryByDatabaseTime1795132804000 } from './1795132804000-order-history-by-database-time.js';
import { LetIdempotencyKeysEnd1795132805000 } from './1795132805000-let-idempotency-keys-end.js';
import { KeepKeyOrderOfResults1795132806000 } from './1795132806000-keep-key-order-of-results.js';
import { RememberWhenStepsWereAskedFor1795132807000 } from './1795132807000-remember-when-steps-were-asked-for.js';
import { KeepUsageOfStepAttempts1795132808000 } from './1795132808000-keep-usage-of-step-attempts.js';
import { LetIdempotencyKeysOutliveWorkflows1795133000000 } from './1795133000000-let-idempotency-keys-outlive-workflows.js';
import { KeepFindingsWithGraphs1795133002000 } from './1795133002000-keep-findings-with-graphs.js';
import { LeaseRunsToWorkers1795133003000 } from './1795133003000-lease-runs-to-workers.js';
import { CountRows1795133004000 } from './1795133004000-count-rows.js';
import { LetHistoryStandInAnySchema1795133004100 } from './1795133004100-let-history-stand-in-any-schema.js';
import { LetHistoryExpire1795133004200 } from './1795133004200-let-history-expire.js';
import { JudgeDeletesAtOnce1795133004300 } from './1795133004300-judge-deletes-at-once.js';
import { KeepTimeZoneOfPrompts1795133005000 } from './1795133005000-keep-time-zone-of-prompts.js';
import { KeepWhenRunsWake1795133006000 } from './1795133006000-keep-when-runs-wake.js';
import { StoreStepsInOneStatement1795133007000 } from './1795133007000-store-steps-in-one-statement.js';
import { ClaimAndFinishInOneStatement1795133008000 } from './1795133008000-claim-and-finish-in-one-statement.js';
import { SubmitInOneStatement1795133009000 } from './1795133009000-submit-in-one-statement.js';
import { AppendSegmentsOfMessages1795133010000 } from './1795133010000-append-segments-of-messages.js';
import { EndRunsInOneStatement1795133011000 } from './1795133011000-end-runs-in-one-statement.js';
import { ReadConversationsWithClaims1795133012000 } from './1795133012000-read-conversations-with-claims.js';
import { LetPeopleSignIn1795133015000 } from './1795133015000-let-people-sign-in.js';
import { CheckpointInAFunction1795133016000 } from './1795133016000-checkpoint-in-a-function.js';

export const allMigrations = [
  CreateWorkflowsAndRuns1795132800000,
  CreateStepsAndHooks1795132801000,
  CreateAppendOnlyRunHistory1795132802000,
  LetRunsWait1795132803000,
  OrderHistoryByDatabaseTime1795132804000,
  LetIdempotencyKeysEnd1795132805000,
  KeepKeyOrderOfResults1795132806000,
  RememberWhenStepsWereAskedFor1795132807000,
  KeepUsageOfStepAttempts1795132808000,
  LetIdempotencyKeysOutliveWorkflows1795133000000,
  KeepFindingsWithGraphs1795133002000,
  LeaseRunsToWorkers1795133003000,
  CountRows1795133004000,
  LetHistoryStandInAnySchema1795133004100,
  LetHistoryExpire1795133004200,
  JudgeDeletesAtOnce1795133004300,
  KeepTimeZoneOfPrompts1795133005000,
  KeepWhenRunsWake1795133006000,
  StoreStepsInOneStatement1795133007000,
  ClaimAndFinishInOneStatement1795133008000,
  SubmitInOneStatement1795133009000,
  AppendSegmentsOfMessages1795133010000,
  EndRunsInOneStatement1795133011000,
  ReadConversationsWithClaims1795133012000,
  LetPeopleSignIn1795133015000,
  CheckpointInAFunction1795133016000,
];
