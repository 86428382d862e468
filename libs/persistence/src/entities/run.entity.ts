/** One generation, from its prompt to its one terminal state. */
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
// The last word on "no second prompt while one runs".
@Index('runs_one_active_per_workflow', ['workflowId'], {
  unique: true,
  where: `status IN ${sqlList(activeRunStatuses)}`,
})
// A workflow's runs and its newest one; also what deleting a workflow walks along.
@Index('runs_by_workflow', ['workflowId', 'ordinal'])
// One owner's list, newest first.
@Index('runs_by_owner', ['ownerId', 'ordinal'])
// What a worker held that has gone.
@Index('runs_held', ['heldBy'], { where: 'held_by IS NOT NULL' })
// The reconciler's two questions.
@Index('runs_alive', ['id'], {
  where: `status IN ${sqlList(activeRunStatuses.filter((status) => status !== 'WAITING'))}`,
})
@Index('runs_stream_unclosed', ['finishedAt'], {
  where: `NOT stream_closed AND status IN ${ended}`,
})
// What retention looks through, oldest end first.
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

  /** Where the prompt was written, as an IANA name. */
  @Column({ name: 'time_zone', type: 'text', nullable: true })
  timeZone: string | null;

  /** How often the run was claimed. */
  @Column({ type: 'integer' })
  attempts: number;

  /** Claims since the last completed step, less those of attempts that were lost through no fault of the run. */
  @Column({ name: 'attempts_without_progress', type: 'integer' })
  attemptsWithoutProgress: number;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  error: RunErrorInfo | null;

  /** The sum over the stored steps. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  usage: Usage | null;

  /** The workflow's epoch that was last taken for this run. Of a run that has ended: the one in which it ended. */
  @Column({ type: 'bigint', nullable: true, transformer: storedInteger })
  epoch: number | null;

  /** The worker that has the run under way. Without a foreign key: a worker that is not known any more has gone. */
  @Column({ name: 'held_by', type: 'text', nullable: true })
  heldBy: WorkerId | null;

  /** Why the last attempt was lost; `null` as soon as the next one begins. */
  @Column({ name: 'lost_as', type: 'text', nullable: true })
  lostAs: AttemptLossCause | null;

  /** When somebody last took hold of the run or let go of it. */
  @Column({ name: 'heartbeat_at', type: 'timestamptz', nullable: true })
  heartbeatAt: Date | null;

  /** Whether the terminal event is known to be published. */
  @Column({ name: 'stream_closed', type: 'boolean' })
  streamClosed: boolean;

  /** When somebody last took on publishing an end that was missing. */
  @Column({ name: 'closing_since', type: 'timestamptz', nullable: true })
  closingSince: Date | null;

  /** Its place among all rows of the table, in the order of their creation. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  /** When the first of its waits ends by itself, as of its last suspension. Says nothing of a run that does not wait. */
  @Column({ name: 'wake_at', type: 'timestamptz', nullable: true })
  wakeAt: Date | null;

  /** When its steps and events were removed, all but its ends; `null` while they are kept. */
  @Column({ name: 'history_expired_at', type: 'timestamptz', nullable: true })
  historyExpiredAt: Date | null;
}
