import { AuthAccountEntity } from './auth-account.entity.js';
import { AuthRateLimitEntity } from './auth-rate-limit.entity.js';
import { AuthSessionEntity } from './auth-session.entity.js';
import { AuthVerificationEntity } from './auth-verification.entity.js';
import { GraphRevisionEntity } from './graph-revision.entity.js';
import { HookEntity } from './hook.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { MessageEntity } from './message.entity.js';
import { MessageSegmentEntity } from './message-segment.entity.js';
import { OneTimeLinkEntity } from './one-time-link.entity.js';
import { RunEntity } from './run.entity.js';
import { RunEventEntity } from './run-event.entity.js';
import { StepEntity } from './step.entity.js';
import { StepAttemptEntity } from './step-attempt.entity.js';
import { UserEntity } from './user.entity.js';
import { WorkerLeaseEntity } from './worker-lease.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

export const allEntities = [
  UserEntity,
  WorkflowEntity,
  RunEntity,
  MessageEntity,
  MessageSegmentEntity,
  StepEntity,
  StepAttemptEntity,
  RunEventEntity,
  HookEntity,
  GraphRevisionEntity,
  IdempotencyKeyEntity,
  WorkerLeaseEntity,
  AuthSessionEntity,
  AuthAccountEntity,
  AuthVerificationEntity,
  AuthRateLimitEntity,
  OneTimeLinkEntity,
];
