/** A unit of a run whose result is stored once and never computed again. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import {
  type RunErrorInfo,
  type RunId,
  type StepId,
  type StepKind,
  type StepStatus,
  stepStatuses,
  type UIMessageChunk,
  type Usage,
  type UserId,
  type WorkflowId,
} from '#libs/contracts';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { type JsonColumn, sqlList, storedJson, storedText } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('steps')
@Check('steps_status_known', `status IN ${sqlList(stepStatuses)}`)
@Check('steps_kind_known', `kind IN ('MODEL_CALL', 'TOOL_CALL', 'FUNCTION', 'SLEEP', 'HOOK')`)
@Check(
  'steps_commit_with_result',
  `CASE status WHEN 'SUCCEEDED' THEN commit_position IS NOT NULL WHEN 'FAILED' THEN true ELSE commit_position IS NULL END`,
)
// The key of replay.
@Index('steps_one_per_occurrence', ['runId', 'name', 'occurrence'], { unique: true })
// A run's steps in order.
@Index('steps_by_run', ['runId', 'ordinal'])
// Two results cannot claim the same place in the message.
@Index('steps_one_per_commit_position', ['runId', 'commitPosition'], { unique: true })
// Which waits end by themselves, and when.
@Index('steps_by_wake_time', ['wakeAt'], { where: `status = 'RUNNING' AND wake_at IS NOT NULL` })
// What deleting a workflow walks along.
@Index('steps_by_workflow', ['workflowId'])
export class StepEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'steps_pk' })
  id: StepId;

  @ForeignKey(() => RunEntity, { name: 'steps_run_fk', onDelete: 'CASCADE' })
  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @ForeignKey(() => WorkflowEntity, { name: 'steps_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'text', transformer: storedText })
  name: string;

  @Column({ type: 'integer' })
  occurrence: number;

  @Column({ type: 'text' })
  kind: StepKind;

  @Column({ type: 'text' })
  status: StepStatus;

  /** Bounded and without what looks like a secret: it is for people who inspect the run. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  input: JsonColumn;

  /** Names the whole input, so that a replay notices a swap; null in rows of an older version. */
  @Column({ name: 'input_hash', type: 'text', nullable: true })
  inputHash: string | null;

  /** Whole, with its keys in their order, which jsonb does not keep: a later attempt replays it. */
  @Column({ type: 'json', nullable: true, transformer: storedJson })
  output: JsonColumn;

  /** What the step added to the message. Can be large and serves only the rebuilding of the message: ask for it. */
  @Column({ type: 'jsonb', transformer: storedJson, select: false })
  chunks: UIMessageChunk[];

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  error: RunErrorInfo | null;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  usage: Usage | null;

  /**
   * Grows in the order in which the steps of the run were settled; null until then. A failed step has one when the agent
   * was told of it and went on, none when its failure ended the run.
   */
  @Column({ name: 'commit_position', type: 'integer', nullable: true })
  commitPosition: number | null;

  /** How many results the agent had been given when it asked for the step, at the earliest; null in rows of an older version. */
  @Column({ name: 'asked_after', type: 'integer', nullable: true })
  askedAfter: number | null;

  /** When a sleep ends or a hook expires. */
  @Column({ name: 'wake_at', type: 'timestamptz', nullable: true })
  wakeAt: Date | null;

  /** Its place among all rows of the table, in the order of their creation. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;
}
