/**
 * Answers to hooks. Owns that the first answer wins, that a payload fits the hook's schema, and that an answer sets a
 * waiting run going again; never enqueues and never appends.
 */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { HookEvent, HookId, JsonValue, StatusEvent, UserId, WorkflowId } from '#libs/contracts';
import { hookTokenHash } from '#libs/engine';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import type { HookView } from './read-models.js';
import { databaseNow } from './run-ending.js';
import { appendRunEvent, storable } from './run-history.js';
import { inTransaction } from './transactions.js';
import { hookSummary, hookView } from './views.js';
import { type LockedWorkflow, lockWorkflow } from './workflow-lock.js';

/** Which hook: the owner names it, everybody else proves to have been given its address. */
export type HookPlace = { ownerId: UserId; hookId: HookId } | { token: string };

/** An epoch that was taken to tell viewers, in this order. */
export interface HookAnnouncement {
  workflowId: WorkflowId;
  epoch: number;
  events: (HookEvent | StatusEvent)[];
}

export type ResolveHookResult =
  /** `announcement` is `null` while a worker holds the run: it finds the answer and tells viewers itself. */
  | { kind: 'resolved'; hook: HookView; announcement: HookAnnouncement | null }
  | { kind: 'not-found' }
  | { kind: 'invalid'; problems: PayloadProblem[] }
  /** Answered, expired or canceled before this answer came. */
  | { kind: 'closed'; hook: HookView }
  /** Open when this answer came, and answered by somebody else in the same moment. */
  | { kind: 'lost-race'; hook: HookView };

export interface PayloadProblem {
  path: (string | number)[];
  message: string;
}

/** Reasons that are told at most. */
const MAX_PROBLEMS = 20;

@Injectable()
export class HookResolution {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Stores the answer of the first caller. A payload that does not fit changes nothing: the hook stays open. When
   * the run was waiting, it is queued again, under an epoch of this call's own.
   */
  async resolve(place: HookPlace, payload: JsonValue, resolvedBy: UserId | null): Promise<ResolveHookResult> {
    const where =
      'token' in place ? { tokenHash: hookTokenHash(place.token) } : { id: place.hookId, ownerId: place.ownerId };
    const known = await this.dataSource.manager.findOneBy(HookEntity, where);
    if (!known) return { kind: 'not-found' };
    if (known.status !== 'WAITING') return { kind: 'closed', hook: hookView(known) };
    const problems = problemsOf(known, payload);
    if (problems.length > 0) return { kind: 'invalid', problems };

    return inTransaction(this.dataSource, async (manager, attempt): Promise<ResolveHookResult> => {
      const workflow = await lockWorkflow(manager, { id: known.workflowId });
      const hook = workflow && (await manager.findOneBy(HookEntity, { id: known.id }));
      if (!workflow || !hook) return { kind: 'not-found' };
      if (hook.status === 'RESOLVED') {
        // The reply to an earlier COMMIT of this very call may have been lost.
        const mine = attempt > 1 && hook.resolvedBy === resolvedBy && isDeepStrictEqual(hook.payload, payload);
        return mine
          ? { kind: 'resolved', hook: hookView(hook), announcement: null }
          : { kind: 'lost-race', hook: hookView(hook) };
      }
      if (hook.status !== 'WAITING') return { kind: 'closed', hook: hookView(hook) };
      if (!(await answerInTime(manager, hook.id, payload, resolvedBy))) {
        return { kind: 'closed', hook: { ...hookView(hook), status: 'EXPIRED' } };
      }
      const answered = await manager.findOneByOrFail(HookEntity, { id: hook.id });
      const { runId, workflowId, ownerId, stepId } = hook;
      const data = { hookId: hook.id, name: hook.name, by: resolvedBy };
      await appendRunEvent(manager, { runId, workflowId, ownerId }, 'hook_received', data, stepId);
      return { kind: 'resolved', hook: hookView(answered), announcement: await resume(manager, workflow, answered) };
    });
  }
}

function problemsOf(hook: HookEntity, payload: JsonValue): PayloadProblem[] {
  const schema = z.fromJSONSchema(hook.schema as Parameters<typeof z.fromJSONSchema>[0]);
  const { error } = schema.safeParse(payload);
  return (error?.issues ?? []).slice(0, MAX_PROBLEMS).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'number' ? key : String(key))),
    message,
  }));
}

/** By the database's clock, which also decides when the hook has expired. */
async function answerInTime(
  manager: EntityManager,
  id: HookId,
  payload: JsonValue,
  resolvedBy: UserId | null,
): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(HookEntity)
    .set({ status: 'RESOLVED', payload: storable(payload), resolvedBy, resolvedAt: databaseNow })
    .where('id = :id', { id })
    .andWhere('(expires_at IS NULL OR expires_at > clock_timestamp())')
    .execute();
  return affected === 1;
}

/** A run that a worker holds is left to it. */
async function resume(
  manager: EntityManager,
  workflow: LockedWorkflow,
  hook: HookEntity,
): Promise<HookAnnouncement | null> {
  const { runId, workflowId, ownerId } = hook;
  const run = await manager.findOneByOrFail(RunEntity, { id: runId });
  if (run.status !== 'WAITING') return null;
  const epoch = workflow.epoch + 1;
  await manager.update(
    WorkflowEntity,
    { id: workflowId },
    {
      epoch,
      cursorEpoch: epoch,
      cursorSeq: 0,
      status: 'GENERATING',
      statusSince: databaseNow,
      updatedAt: databaseNow,
    },
  );
  await manager.update(RunEntity, { id: runId }, { status: 'QUEUED', epoch, heartbeatAt: databaseNow });
  await appendRunEvent(manager, { runId, workflowId, ownerId }, 'run_resumed', { epoch });
  const status: StatusEvent = {
    type: 'status',
    runId,
    status: 'GENERATING',
    runStatus: 'QUEUED',
    error: null,
    terminal: false,
    at: new Date().toISOString(),
  };
  return { workflowId, epoch, events: [{ type: 'hook', hook: hookSummary(hook) }, status] };
}
