/**
 * Batched reads of single rows for field resolvers: one query per kind and turn, however long the list.
 */
import { Injectable } from '@nestjs/common';
import type { RunId, StepId, UserId, WorkflowId } from '#libs/contracts';
import {
  type QueuePlaceView,
  type RunView,
  type StepAttemptView,
  type StepView,
  type UserView,
  WorkflowReader,
  type WorkflowView,
} from '#libs/persistence';
import { BatchLoader } from './batch-loader.js';

@Injectable()
export class Rows {
  private readonly runs: BatchLoader<RunId, RunView>;
  private readonly workflows: BatchLoader<WorkflowId, WorkflowView>;
  private readonly latestRuns: BatchLoader<WorkflowId, RunView>;
  private readonly steps: BatchLoader<StepId, StepView>;
  private readonly users: BatchLoader<UserId, UserView>;
  private readonly queuePlaces: BatchLoader<RunId, QueuePlaceView>;
  private readonly attempts: BatchLoader<StepId, StepAttemptView[]>;

  constructor(reader: WorkflowReader) {
    this.runs = new BatchLoader((owner, ids) => reader.runsByIds(owner as UserId, ids));
    this.workflows = new BatchLoader((owner, ids) => reader.workflowsByIds(owner as UserId, ids));
    this.latestRuns = new BatchLoader((owner, ids) => reader.latestRuns(owner as UserId, ids));
    this.steps = new BatchLoader((owner, ids) => reader.stepsByIds(owner as UserId, ids));
    this.users = new BatchLoader((_scope, ids) => reader.usersByIds(ids));
    this.queuePlaces = new BatchLoader((owner, ids) => reader.queuePlaces(owner as UserId, ids));
    this.attempts = new BatchLoader((_owner, ids) => reader.stepAttempts(ids));
  }

  run(ownerId: UserId, id: RunId): Promise<RunView | null> {
    return this.runs.load(ownerId, id);
  }

  workflow(ownerId: UserId, id: WorkflowId): Promise<WorkflowView | null> {
    return this.workflows.load(ownerId, id);
  }

  /** The newest run of a workflow. */
  latestRun(ownerId: UserId, id: WorkflowId): Promise<RunView | null> {
    return this.latestRuns.load(ownerId, id);
  }

  /** Null for a run that does not wait for a worker. */
  queuePlace(ownerId: UserId, id: RunId): Promise<QueuePlaceView | null> {
    return this.queuePlaces.load(ownerId, id);
  }

  step(ownerId: UserId, id: StepId): Promise<StepView | null> {
    return this.steps.load(ownerId, id);
  }

  user(id: UserId): Promise<UserView | null> {
    return this.users.load('', id);
  }

  /** Attempts of a step that the caller has already been allowed to see. */
  async stepAttempts(ownerId: UserId, id: StepId): Promise<StepAttemptView[]> {
    return (await this.attempts.load(ownerId, id)) ?? [];
  }
}
