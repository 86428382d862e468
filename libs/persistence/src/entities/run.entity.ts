/** One generation, from its prompt to its terminal state. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import {
  type AttemptLossCause,
  activeRunStatuses,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  runStatuses,
  terminalRunStatuses,
  type Usage,
  type UserId,
  type WorkerId,
  type WorkflowId,
} from '#libs/contracts';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { sqlList, storedInteger, storedJson, storedText } from '../stored-values.js';
import { WorkflowEntity } from './workflow.entity.js';

const ended = sqlList(terminalRunStatuses);

@Entity('runs')
@Check('runs_status_known', `status IN ${sqlList(runStatuses)}`)
@Check('runs_error_with_failure', `(status = 'FAILED') = (error IS NOT NULL)`)
@Check('runs_expired_after_end', `history_expired_at IS NULL OR status IN ${ended}`)
@Check('runs_end_with_time', `(status IN ${ended}) = (finished_at IS NOT NULL)`)
@Check('runs_lost_as_known', `lost_as IN ('KILLED', 'HUNG', 'CUT_OFF', 'BROKE_OFF', 'HANDED_BACK')`)
// Enforces that a workflow has only one active run.
@Index('runs_one_active_per_workflow', ['workflowId'], {
  unique: true,
  where: `status IN ${sqlList(activeRunStatuses)}`,
})
// A workflow's runs and its newest one; also for the cascade when a workflow is deleted.
@Index('runs_by_workflow', ['workflowId', 'ordinal'])
// An owner's runs, newest first.
@Index('runs_by_owner', ['ownerId', 'ordinal'])
// For finding runs of workers that have gone.
@Index('runs_held', ['heldBy'], { where: 'held_by IS NOT NULL' })
// For the reconciler's two queries.
@Index('runs_alive', ['id'], {
  where: `status IN ${sqlList(activeRunStatuses.filter((status) => status !== 'WAITING'))}`,
})
@Index('runs_stream_unclosed', ['finishedAt'], {
  where: `NOT stream_closed AND status IN ${ended}`,
})
// For retention, by end, oldest first.
@Index('runs_with_history', ['finishedAt'], {
  where: `history_expired_at IS NULL AND status IN ${ended}`,
})
export class RunEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'runs_pk' })
  id: RunId;

  @ForeignKey(() => WorkflowEntity, { name: 'runs_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'text' })
  agent: string;

  @Column({ type: 'text' })
  status: RunStatus;

  @Column({ type: 'text', transformer: storedText })
  prompt: string;

  @Column({ type: 'text', nullable: true })
  model: string | null;

  /** The time zone in which the prompt was written, as an IANA name. */
  @Column({ name: 'time_zone', type: 'text', nullable: true })
  timeZone: string | null;

  /** How often the run was claimed. */
  @Column({ type: 'integer' })
  attempts: number;

  /** Claims since the last completed step, without attempts that were lost through no fault of the run. */
  @Column({ name: 'attempts_without_progress', type: 'integer' })
  attemptsWithoutProgress: number;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  error: RunErrorInfo | null;

  /** The sum over the stored steps. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  usage: Usage | null;

  /** The workflow's epoch that was last taken for this run; for a run that has ended, the epoch in which it ended. */
  @Column({ type: 'bigint', nullable: true, transformer: storedInteger })
  epoch: number | null;

  /** The worker that is executing the run. No foreign key: a worker whose row is missing has gone. */
  @Column({ name: 'held_by', type: 'text', nullable: true })
  heldBy: WorkerId | null;

  /** Why the last attempt was lost; `null` once the next one begins. */
  @Column({ name: 'lost_as', type: 'text', nullable: true })
  lostAs: AttemptLossCause | null;

  /** When the run was last claimed or released. */
  @Column({ name: 'heartbeat_at', type: 'timestamptz', nullable: true })
  heartbeatAt: Date | null;

  /** Whether the terminal event is known to be published. */
  @Column({ name: 'stream_closed', type: 'boolean' })
  streamClosed: boolean;

  /** When a repair of the missing terminal event was last started. */
  @Column({ name: 'closing_since', type: 'timestamptz', nullable: true })
  closingSince: Date | null;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  /** When the earliest of its waits ends by itself, as of its last suspension. Only meaningful while the run waits. */
  @Column({ name: 'wake_at', type: 'timestamptz', nullable: true })
  wakeAt: Date | null;

  /** When its steps and all events except its ends were removed; `null` while they are kept. */
  @Column({ name: 'history_expired_at', type: 'timestamptz', nullable: true })
  historyExpiredAt: Date | null;
}
