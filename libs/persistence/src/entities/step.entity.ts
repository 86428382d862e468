/** A unit of a run whose result is stored once and never computed again. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import {
  type ChunkRange,
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
// The key by which a replay finds a step.
@Index('steps_one_per_occurrence', ['runId', 'name', 'occurrence'], { unique: true })
// A run's steps in order.
@Index('steps_by_run', ['runId', 'ordinal'])
// Two results cannot have the same commit position.
@Index('steps_one_per_commit_position', ['runId', 'commitPosition'], { unique: true })
// For finding waits whose time is up.
@Index('steps_by_wake_time', ['wakeAt'], { where: `status = 'RUNNING' AND wake_at IS NOT NULL` })
// For the cascade when a workflow is deleted.
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

  /** Bounded and redacted: it is only shown to people who inspect the run. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  input: JsonColumn;

  /** Hash of the whole input, so that a replay notices a swapped step; null in rows of older versions. */
  @Column({ name: 'input_hash', type: 'text', nullable: true })
  inputHash: string | null;

  /** Complete, because later attempts replay it. json, not jsonb, because it keeps the order of keys. */
  @Column({ type: 'json', nullable: true, transformer: storedJson })
  output: JsonColumn;

  /**
   * What the step added to the message: chunks, or the range of those that it streamed. Can be large and is only needed to rebuild the message, so it must be selected
   * explicitly.
   */
  @Column({ type: 'jsonb', transformer: storedJson, select: false })
  chunks: UIMessageChunk[] | ChunkRange;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  error: RunErrorInfo | null;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  usage: Usage | null;

  /**
   * The order in which the run's steps were settled; null until then. A failed step has one if the agent was given the
   * failure and continued, and none if its failure ended the run.
   */
  @Column({ name: 'commit_position', type: 'integer', nullable: true })
  commitPosition: number | null;

  /** How many results the agent had been given when it asked for the step, at the earliest; null in rows of older versions. */
  @Column({ name: 'asked_after', type: 'integer', nullable: true })
  askedAfter: number | null;

  /** When a sleep ends or a hook expires. */
  @Column({ name: 'wake_at', type: 'timestamptz', nullable: true })
  wakeAt: Date | null;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;
}
