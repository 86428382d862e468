/** Answers to hooks: the first one wins, may be repeated, and resumes a waiting run. */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Raw } from 'typeorm';
import type { HookId, JsonValue, StatusEvent, UserId } from '#libs/contracts';
import { type Committed, type Effect, hookTokenHash } from '#libs/engine';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { type PayloadProblem, readPayload } from './hook-payload.js';
import { appendRunEvent } from './run-history.js';
import { databaseNow, storable } from './stored-values.js';
import { inTransaction } from './transactions.js';
import { type HookView, hookSummary, hookView, json } from './views.js';
import { type LockedWorkflow, lockWorkflow, statusSince, takeEpoch, workflowChanged } from './workflow-lock.js';

/** Which hook: the owner gives its id; anyone else has to give the secret token from its address. */
export type HookPlace = { ownerId: UserId; hookId: HookId } | { token: string };

export type ResolveHookResult =
  /** `repeated`: the same resolver had given the same answer before; nothing new was stored. */
  | { kind: 'resolved'; hook: HookView; repeated: boolean }
  | { kind: 'not-found' }
  | { kind: 'invalid'; problems: PayloadProblem[] }
  /** A different answer, or one by someone else, came first. */
  | { kind: 'answered'; hook: HookView }
  /** The hook had expired, or was canceled with its run, before this answer came. */
  | { kind: 'closed'; hook: HookView };

@Injectable()
export class HookResolution {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Seconds since 1970, by the database's clock. */
  async nowSeconds(): Promise<number> {
    const [row] = await this.dataSource.query<{ now: number }[]>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
    );
    if (!row) throw new Error('Postgres did not return the time.');
    return row.now;
  }

  /**
   * Stores the first answer. An invalid payload changes nothing: the hook stays open. If the run was waiting, it is
   * requeued under a new epoch. Idempotent: the same answer by the same resolver gets the same result, because the first
   * reply may have been lost.
   */
  async resolve(place: HookPlace, given: JsonValue, resolvedBy: UserId | null): Promise<Committed<ResolveHookResult>> {
    const where =
      'token' in place ? { tokenHash: hookTokenHash(place.token) } : { id: place.hookId, ownerId: place.ownerId };
    const known = await this.dataSource.manager.findOneBy(HookEntity, where);
    if (!known) return unchanged({ kind: 'not-found' });
    if (known.status === 'EXPIRED' || known.status === 'CANCELED') {
      return unchanged({ kind: 'closed', hook: hookView(known) });
    }
    const read = readPayload(json(known.schema), given);
    if (read.kind === 'invalid') {
      if (known.status === 'RESOLVED') return unchanged({ kind: 'answered', hook: hookView(known) });
      return unchanged((await hasExpired(this.dataSource.manager, known.id)) ? expired(known) : read);
    }
    const { payload } = read;
    if (known.status === 'RESOLVED') return unchanged(answeredBefore(known, payload, resolvedBy));

    return inTransaction(this.dataSource, async (manager) => {
      const workflow = await lockWorkflow(manager, { id: known.workflowId });
      const hook = workflow && (await manager.findOneBy(HookEntity, { id: known.id }));
      if (!workflow || !hook) return unchanged({ kind: 'not-found' });
      if (hook.status === 'RESOLVED') return unchanged(answeredBefore(hook, payload, resolvedBy));
      if (hook.status !== 'WAITING') return unchanged({ kind: 'closed', hook: hookView(hook) });
      if (!(await answerInTime(manager, hook.id, payload, resolvedBy))) return unchanged(expired(hook));
      const answered = await manager.findOneByOrFail(HookEntity, { id: hook.id });
      const { runId, workflowId, ownerId, stepId } = hook;
      const data = { hookId: hook.id, name: hook.name, by: resolvedBy };
      await appendRunEvent(manager, { runId, workflowId, ownerId }, 'hook_received', data, stepId);
      const effects = await resume(manager, workflow, answered);
      return { result: { kind: 'resolved', hook: hookView(answered), repeated: false } as const, effects };
    });
  }
}

function unchanged(result: ResolveHookResult): Committed<ResolveHookResult> {
  return { result, effects: [] };
}

/** Payloads are compared as values, because key order does not matter. */
function answeredBefore(hook: HookEntity, payload: JsonValue, resolvedBy: UserId | null): ResolveHookResult {
  const same = hook.resolvedBy === resolvedBy && isDeepStrictEqual(hook.payload, payload);
  return same ? { kind: 'resolved', hook: hookView(hook), repeated: true } : { kind: 'answered', hook: hookView(hook) };
}

/** The hook as expired, even if that has not been stored yet. */
function expired(hook: HookEntity): ResolveHookResult {
  return { kind: 'closed', hook: { ...hookView(hook), status: 'EXPIRED' } };
}

function hasExpired(manager: EntityManager, id: HookId): Promise<boolean> {
  return manager.existsBy(HookEntity, { id, expiresAt: Raw((column) => `${column} <= clock_timestamp()`) });
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

/** Requeues the run. A run that a worker holds is left to that worker, which finds the answer and publishes it. */
async function resume(manager: EntityManager, workflow: LockedWorkflow, hook: HookEntity): Promise<Effect[]> {
  const { runId, workflowId, ownerId } = hook;
  const run = await manager.findOneByOrFail(RunEntity, { id: runId });
  if (run.status !== 'WAITING') return [];
  const epoch = await takeEpoch(manager, workflow, { status: 'GENERATING' });
  await manager.update(RunEntity, { id: runId }, { status: 'QUEUED', epoch, heartbeatAt: databaseNow });
  await appendRunEvent(manager, { runId, workflowId, ownerId }, 'run_resumed', { epoch });
  const status: StatusEvent = {
    type: 'status',
    runId,
    status: 'GENERATING',
    runStatus: 'QUEUED',
    error: null,
    terminal: false,
    at: await statusSince(manager, workflowId),
  };
  const events = [{ type: 'hook' as const, hook: hookSummary(hook) }, status];
  return [
    workflowChanged(hook),
    { type: 'open-epoch', workflowId, epoch, ends: [], events, closes: false },
    { type: 'dispatch-run', runId, attempts: run.attempts },
  ];
}
