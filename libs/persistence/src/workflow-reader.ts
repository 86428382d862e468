/**
 * All read queries. A missing row and another user's row look the same, so readers learn nothing about other users'
 * workflows.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type FindOptionsWhere,
  In,
  LessThan,
  MoreThan,
  type ObjectLiteral,
  type SelectQueryBuilder,
} from 'typeorm';
import {
  type HookId,
  limits,
  type RunId,
  type RunStatus,
  type StepId,
  type StepStatus,
  type UserId,
  type WorkflowId,
} from '#libs/contracts';
import { GraphRevisionEntity } from './entities/graph-revision.entity.js';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { RunEventEntity } from './entities/run-event.entity.js';
import { StepEntity } from './entities/step.entity.js';
import { StepAttemptEntity } from './entities/step-attempt.entity.js';
import { UserEntity } from './entities/user.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { type MessagePageRequest, messagePage } from './message-pages.js';
import type { Page, PageRequest, QueuePlaceView, WorkflowSnapshot } from './read-models.js';
import { tablesOf } from './table-names.js';
import { TRANSACTION_LIMITS } from './transactions.js';
import {
  type GraphRevisionView,
  graphRevisionView,
  type HookView,
  hookView,
  type MessageView,
  type RunEventView,
  type RunView,
  runEventView,
  runView,
  type StepAttemptView,
  type StepView,
  stepAttemptView,
  stepView,
  type UserView,
  userView,
  type WorkflowView,
  workflowView,
} from './views.js';

/** How many queued runs are considered when determining a run's place. */
const QUEUE_COUNT = 10_000;

type Owned = ObjectLiteral & { id: string; ownerId: UserId };

/** Large columns. A list is read without them unless they are requested; its views then lack them. */
const large = {
  workflow: ['graph', 'graphIssues'],
  revision: ['graph', 'issues'],
  step: ['input', 'output'],
  hook: ['schema', 'payload'],
} as const;

@Injectable()
export class WorkflowReader {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get manager(): EntityManager {
    return this.dataSource.manager;
  }

  async user(id: UserId): Promise<UserView | null> {
    const row = await this.manager.findOneBy(UserEntity, { id });
    return row && userView(row);
  }

  async usersByIds(ids: readonly UserId[]): Promise<Map<UserId, UserView>> {
    const rows = await this.manager.findBy(UserEntity, { id: In(ids) });
    return new Map(rows.map((row) => [row.id, userView(row)]));
  }

  /**
   * The workflow with its newest messages as of one cursor, in one read-only transaction on one snapshot of the database.
   * Neither its size nor the number of statements grows with the number of runs.
   */
  workflowSnapshot(
    ownerId: UserId,
    workflowId: WorkflowId,
    { messages: withMessages = true, graph = true } = {},
  ): Promise<WorkflowSnapshot | null> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      await manager.query(`SET TRANSACTION READ ONLY; ${TRANSACTION_LIMITS}`);
      const workflow = await this.rows(WorkflowEntity, graph ? [] : large.workflow, manager)
        .where({ id: workflowId, ownerId })
        .getOne();
      if (!workflow) return null;
      const newest = withMessages
        ? await messagePage(manager, {
            ownerId,
            workflowId,
            towards: 'older',
            from: null,
            size: limits.snapshotMessages,
          })
        : null;
      const latest = await manager.findOne(RunEntity, {
        where: { workflowId },
        order: { ordinal: 'DESC' },
      });
      // The active run is always the newest one: while it lasts, no other can be submitted or retried.
      const active = latest && latest.id === workflow.activeRunId ? latest : null;
      return {
        workflow: workflowView(workflow),
        messages: newest?.rows ?? [],
        hasOlderMessages: newest?.hasNextPage ?? true,
        activeRun: active && runView(active),
        latestRun: latest && runView(latest),
      };
    });
  }

  /** A part of a conversation, in its order. */
  messages(request: MessagePageRequest): Promise<Page<MessageView>> {
    return messagePage(this.manager, request);
  }

  async workflow(ownerId: UserId, id: WorkflowId): Promise<WorkflowView | null> {
    const row = await this.manager.findOneBy(WorkflowEntity, { id, ownerId });
    return row && workflowView(row);
  }

  /** Newest first. */
  workflows(ownerId: UserId, page: PageRequest, { graphs = true } = {}): Promise<Page<WorkflowView>> {
    const without = graphs ? [] : large.workflow;
    return this.page(WorkflowEntity, { ownerId }, 'ordinal', page, 'DESC', workflowView, without);
  }

  async run(ownerId: UserId, id: RunId): Promise<RunView | null> {
    const row = await this.manager.findOneBy(RunEntity, { id, ownerId });
    return row && runView(row);
  }

  /** Newest first. An empty list of statuses matches nothing. */
  runs(
    ownerId: UserId,
    page: PageRequest,
    filter: { status?: readonly RunStatus[] | null; workflowId?: WorkflowId | null } = {},
  ): Promise<Page<RunView>> {
    const where: FindOptionsWhere<RunEntity> = { ownerId };
    if (filter.status) where.status = In(filter.status);
    if (filter.workflowId) where.workflowId = filter.workflowId;
    return this.page(RunEntity, where, 'ordinal', page, 'DESC', runView);
  }

  runsByIds(ownerId: UserId, ids: readonly RunId[]): Promise<Map<RunId, RunView>> {
    return this.byIds(RunEntity, ownerId, ids, runView);
  }

  /** The places of runs that wait for a worker; other runs have no entry. */
  async queuePlaces(ownerId: UserId, ids: readonly RunId[]): Promise<Map<RunId, QueuePlaceView>> {
    const tables = tablesOf(this.manager);
    // The newest event of a queued run is the one that queued it.
    const rows = await this.manager.query<(Omit<QueuePlaceView, 'runsBefore'> & { runsBefore: string })[]>(
      `SELECT id, since, "runsBefore" FROM (
         SELECT id, owner_id, since, row_number() OVER (ORDER BY since, ordinal) - 1 AS "runsBefore"
           FROM (SELECT * FROM ${tables.runs} WHERE status = 'QUEUED' ORDER BY ordinal LIMIT ${QUEUE_COUNT}) AS queued,
           LATERAL (SELECT coalesce(
             (SELECT at FROM ${tables.run_events} WHERE run_id = queued.id ORDER BY ordinal DESC LIMIT 1), created_at
           ) AS since) AS event
       ) AS places WHERE owner_id = $1 AND id = ANY($2)`,
      [ownerId, ids],
    );
    return new Map(rows.map((row) => [row.id, { ...row, runsBefore: Number(row.runsBefore) }]));
  }

  workflowsByIds(
    ownerId: UserId,
    ids: readonly WorkflowId[],
    { graphs = true } = {},
  ): Promise<Map<WorkflowId, WorkflowView>> {
    return this.byIds(WorkflowEntity, ownerId, ids, workflowView, graphs ? [] : large.workflow);
  }

  stepsByIds(ownerId: UserId, ids: readonly StepId[]): Promise<Map<StepId, StepView>> {
    return this.byIds(StepEntity, ownerId, ids, stepView);
  }

  /** The newest run of each workflow that has one. One index probe per workflow, however many runs it has had. */
  async latestRuns(ownerId: UserId, workflowIds: readonly WorkflowId[]): Promise<Map<WorkflowId, RunView>> {
    const { runs } = tablesOf(this.manager);
    const rows = await this.manager
      .createQueryBuilder(RunEntity, 'run')
      .where({ ownerId })
      .andWhere(
        `run.id IN (SELECT latest.id FROM unnest(:workflowIds::text[]) AS asked (id) CROSS JOIN LATERAL (
           SELECT id FROM ${runs} WHERE workflow_id = asked.id ORDER BY ordinal DESC LIMIT 1) AS latest)`,
        { workflowIds },
      )
      .getMany();
    return new Map(rows.map((row) => [row.workflowId, runView(row)]));
  }

  async step(ownerId: UserId, id: StepId): Promise<StepView | null> {
    const row = await this.manager.findOneBy(StepEntity, { id, ownerId });
    return row && stepView(row);
  }

  /** In the order in which they were first started. An empty list of statuses matches nothing. */
  steps(
    ownerId: UserId,
    runId: RunId,
    page: PageRequest,
    filter: { status?: readonly StepStatus[] } = {},
    { values = true } = {},
  ): Promise<Page<StepView>> {
    const where: FindOptionsWhere<StepEntity> = { ownerId, runId };
    if (filter.status) where.status = In(filter.status);
    return this.page(StepEntity, where, 'ordinal', page, 'ASC', stepView, values ? [] : large.step);
  }

  /**
   * The attempts of each of these steps, first to last. Every requested step has an entry. The only method without an owner
   * check: a caller with the ids has already read the steps as their owner.
   */
  async stepAttempts(stepIds: readonly StepId[]): Promise<Map<StepId, StepAttemptView[]>> {
    const attempts = new Map<StepId, StepAttemptView[]>(stepIds.map((id) => [id, []]));
    const rows = await this.manager.find(StepAttemptEntity, {
      where: { stepId: In(stepIds) },
      order: { stepId: 'ASC', number: 'ASC' },
    });
    for (const row of rows) attempts.get(row.stepId)?.push(stepAttemptView(row));
    return attempts;
  }

  /** Oldest first. */
  runEvents(ownerId: UserId, runId: RunId, page: PageRequest): Promise<Page<RunEventView>> {
    return this.page(RunEventEntity, { ownerId, runId }, 'ordinal', page, 'ASC', runEventView);
  }

  async hook(ownerId: UserId, id: HookId): Promise<HookView | null> {
    const row = await this.manager.findOneBy(HookEntity, { id, ownerId });
    return row && hookView(row);
  }

  /** Oldest first. */
  async hooks(ownerId: UserId, runId: RunId, { values = true } = {}): Promise<HookView[]> {
    const rows = await this.rows(HookEntity, values ? [] : large.hook)
      .where({ ownerId, runId })
      .orderBy('row.ordinal', 'DESC')
      .limit(limits.shownHooks)
      .getMany();
    return rows.reverse().map(hookView);
  }

  async revision(ownerId: UserId, workflowId: WorkflowId, revision: number): Promise<GraphRevisionView | null> {
    const row = await this.manager.findOneBy(GraphRevisionEntity, { ownerId, workflowId, revision });
    return row && graphRevisionView(row);
  }

  /** Newest first. */
  revisions(
    ownerId: UserId,
    workflowId: WorkflowId,
    page: PageRequest,
    { graphs = true } = {},
  ): Promise<Page<GraphRevisionView>> {
    const without = graphs ? [] : large.revision;
    return this.page(
      GraphRevisionEntity,
      { ownerId, workflowId },
      'revision',
      page,
      'DESC',
      graphRevisionView,
      without,
    );
  }

  private rows<Row extends ObjectLiteral>(
    entity: EntityTarget<Row>,
    without: readonly string[],
    manager: EntityManager = this.manager,
  ): SelectQueryBuilder<Row> {
    const { columns } = this.dataSource.getMetadata(entity);
    const read = columns.filter(({ propertyName, isSelect }) => isSelect && !without.includes(propertyName));
    return manager.createQueryBuilder(entity, 'row').select(read.map((column) => `row.${column.propertyName}`));
  }

  /** One query. Missing rows and those of other users have no entry. */
  private async byIds<Row extends Owned, View extends { id: Id }, Id extends string>(
    entity: EntityTarget<Row>,
    ownerId: UserId,
    ids: readonly Id[],
    view: (row: Row) => View,
    without: readonly (string & keyof Row)[] = [],
  ): Promise<Map<Id, View>> {
    const rows = await this.rows(entity, without)
      .where({ ownerId, id: In(ids) })
      .getMany();
    return new Map(rows.map(view).map((row) => [row.id, row]));
  }

  /** `count` is a numeric column that never changes, so a position stays valid while rows come and go. */
  private async page<Count extends string, Row extends Owned & Record<Count, number>, View>(
    entity: EntityTarget<Row>,
    where: FindOptionsWhere<Row>,
    count: Count,
    { first, after }: PageRequest,
    direction: 'ASC' | 'DESC',
    view: (row: Row) => View,
    without: readonly (string & keyof Row)[] = [],
  ): Promise<Page<View>> {
    const size = Math.min(Math.max(0, first), limits.pageSize);
    const from = after === null ? {} : { [count]: direction === 'ASC' ? MoreThan(after) : LessThan(after) };
    // One row more than the page holds shows whether there is a next page.
    const rows = await this.rows(entity, without)
      .where({ ...where, ...from })
      .orderBy(`row.${count}`, direction)
      .limit(size + 1)
      .getMany();
    const shown = rows.slice(0, size);
    return { rows: shown.map(view), places: shown.map((row) => row[count]), hasNextPage: rows.length > size };
  }
}
