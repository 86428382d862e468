/**
 * Hooks and sleeps of a run: how a wait opens, when it is over, and how it is settled. Every function runs in a transaction
 * that holds the workflow's lock and is idempotent under the same claim.
 */
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { hookPart, newId, type RunId, runErrorInfo, type StepId, type UIMessageChunk } from '#libs/contracts';
import type { HookStart, OpenedWait, RunClaim, SettledWait, StepStart } from '#libs/engine';
import { HookEntity } from '../entities/hook.entity.js';
import { RunEntity } from '../entities/run.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { appendRunEvent, type HistoryPlace } from '../run-history.js';
import { shownValue } from '../shown-value.js';
import { databaseNow, inMilliseconds, storable } from '../stored-values.js';
import { overdueWaits } from '../stranded-runs.js';
import { tablesOf } from '../table-names.js';
import { hookSummary, json, stepSummary } from '../views.js';

export async function openHook(
  manager: EntityManager,
  claim: RunClaim,
  start: StepStart,
  hook: HookStart,
): Promise<OpenedWait> {
  const opened = await findStart(manager, claim, start);
  if (opened?.status === 'RUNNING') return openedWait(manager, opened.id);
  const earlier = opened && (await hookOf(manager, opened.id));
  // An answer that came before the run was canceled still counts.
  const answered = earlier?.status === 'RESOLVED' ? earlier : null;
  const mark = hookPart(answered ?? { id: hook.id, name: start.name, title: hook.title });
  const stepId = await startWait(manager, claim, start, opened, hook.timeoutMs, [mark]);
  if (answered) return openedWait(manager, stepId);
  await manager.insert(HookEntity, {
    id: hook.id,
    runId: claim.runId,
    workflowId: claim.workflowId,
    ownerId: claim.ownerId,
    stepId,
    name: start.name,
    title: hook.title,
    status: 'WAITING',
    tokenHash: hook.tokenHash,
    schema: storable(hook.schema),
    ...(hook.timeoutMs !== null && { expiresAt: inMilliseconds(hook.timeoutMs) }),
  });
  const wait = await openedWait(manager, stepId);
  const data = { hookId: hook.id, name: start.name, expiresAt: wait.hook?.expiresAt ?? null };
  await appendRunEvent(manager, claim, 'hook_created', data, stepId);
  return wait;
}

export async function openSleep(
  manager: EntityManager,
  claim: RunClaim,
  start: StepStart,
  durationMs: number,
): Promise<OpenedWait> {
  const opened = await findStart(manager, claim, start);
  if (opened?.status === 'RUNNING') return openedWait(manager, opened.id);
  const stepId = await startWait(manager, claim, start, opened, durationMs, []);
  const { wakeAt } = await manager.findOneByOrFail(StepEntity, { id: stepId });
  await appendRunEvent(manager, claim, 'sleep_started', { wakeAt: wakeAt?.toISOString() ?? null }, stepId);
  return openedWait(manager, stepId);
}

/**
 * Settles the waits that are over, in order. `only` restricts this to what the agent waits for, and also returns those that
 * an earlier call has settled: the reply to its COMMIT may have been lost.
 */
export async function settleWaits(
  manager: EntityManager,
  place: HistoryPlace,
  only: readonly StepId[] | null,
): Promise<SettledWait[]> {
  const fresh: StepId[] = [];
  for (const stepId of await overdueWaits(manager, place.runId)) {
    if (only !== null && !only.includes(stepId)) continue;
    await settleWait(manager, place, stepId);
    fresh.push(stepId);
  }
  if (fresh.length > 0) await manager.update(RunEntity, { id: place.runId }, { attemptsWithoutProgress: 0 });
  const rows = await manager.find(StepEntity, {
    select: { id: true, commitPosition: true },
    where: { id: In([...(only ?? fresh)]), runId: place.runId, status: Not('RUNNING'), commitPosition: Not(IsNull()) },
    order: { commitPosition: 'ASC' },
  });
  const settled: SettledWait[] = [];
  for (const { id } of rows) settled.push(await readSettled(manager, id));
  return settled;
}

/** When the first of these waits ends by itself: as a point in time, and in how many milliseconds. */
export async function nextWake(
  manager: EntityManager,
  stepIds: readonly StepId[],
): Promise<{ at: Date; inMs: number } | null> {
  const [next] = await manager.query<{ at: Date; inMs: number }[]>(
    `SELECT wake_at AS at, greatest(0, extract(epoch FROM wake_at - clock_timestamp()) * 1000)::float8 AS "inMs"
       FROM ${tablesOf(manager).steps} WHERE id = ANY($1) AND status = 'RUNNING' AND wake_at IS NOT NULL
      ORDER BY wake_at LIMIT 1`,
    [[...stepIds]],
  );
  return next ?? null;
}

/** Positions only grow: a step that is tried again leaves a gap. The workflow must be locked. */
async function nextCommitPosition(manager: EntityManager, runId: RunId): Promise<number> {
  const [row] = await manager.query<{ last: number | null }[]>(
    `SELECT max(commit_position) AS last FROM ${tablesOf(manager).steps} WHERE run_id = $1`,
    [runId],
  );
  return (row?.last ?? 0) + 1;
}

async function settleWait(manager: EntityManager, place: HistoryPlace, stepId: StepId): Promise<void> {
  const hook = await hookOf(manager, stepId);
  const answered = hook === null || hook.status === 'RESOLVED';
  const error = answered ? null : runErrorInfo('HOOK_EXPIRED');
  await manager.update(
    StepEntity,
    { id: stepId },
    {
      status: answered ? 'SUCCEEDED' : 'FAILED',
      output: storable(hook?.payload ?? null),
      error: storable(error),
      commitPosition: await nextCommitPosition(manager, place.runId),
      finishedAt: databaseNow,
    },
  );
  if (hook && !answered) {
    await manager.update(HookEntity, { id: hook.id }, { status: 'EXPIRED' });
    await appendRunEvent(manager, place, 'hook_expired', { hookId: hook.id, name: hook.name }, stepId);
  }
  if (!hook) await appendRunEvent(manager, place, 'sleep_ended', {}, stepId);
}

async function readSettled(manager: EntityManager, stepId: StepId): Promise<SettledWait> {
  const row = await manager.findOneByOrFail(StepEntity, { id: stepId });
  const { id, name, occurrence, kind, inputHash, error } = row;
  const stored = { id, name, occurrence, kind, inputHash, output: json(row.output), error };
  return { ...(await openedWait(manager, stepId)), stored };
}

function findStart(manager: EntityManager, claim: RunClaim, { name, occurrence }: StepStart) {
  return manager.findOne(StepEntity, {
    select: { id: true, status: true, wakeAt: true },
    where: { runId: claim.runId, name, occurrence },
  });
}

/**
 * A sleep that was canceled with its run and is tried again keeps its end time.
 * @param chunks what marks it in the message, also after the message was rebuilt
 */
async function startWait(
  manager: EntityManager,
  claim: RunClaim,
  start: StepStart,
  earlier: Pick<StepEntity, 'id' | 'wakeAt'> | null,
  durationMs: number | null,
  chunks: UIMessageChunk[],
): Promise<StepId> {
  const wakes = durationMs === null ? null : inMilliseconds(durationMs);
  if (earlier) {
    const wakeAt = start.kind === 'SLEEP' && earlier.wakeAt ? earlier.wakeAt : wakes;
    await manager.update(
      StepEntity,
      { id: earlier.id },
      {
        status: 'RUNNING',
        // The lowest count is kept: slow code may ask later in a replay than at first, which says nothing.
        ...(start.askedAfter !== undefined && { askedAfter: () => `least(asked_after, ${Number(start.askedAfter)})` }),
        chunks: storable(chunks),
        error: storable(null),
        finishedAt: null,
        startedAt: databaseNow,
        wakeAt,
      },
    );
    return earlier.id;
  }
  const id = newId('step');
  await manager.insert(StepEntity, {
    id,
    runId: claim.runId,
    workflowId: claim.workflowId,
    ownerId: claim.ownerId,
    name: start.name,
    occurrence: start.occurrence,
    kind: start.kind,
    status: 'RUNNING',
    input: storable(shownValue(start.input)),
    inputHash: start.inputHash,
    askedAfter: start.askedAfter ?? null,
    chunks: storable(chunks),
    startedAt: databaseNow,
    ...(wakes && { wakeAt: wakes }),
  });
  return id;
}

async function openedWait(manager: EntityManager, stepId: StepId): Promise<OpenedWait> {
  const step = await manager.findOneByOrFail(StepEntity, { id: stepId });
  const hook = await hookOf(manager, stepId);
  return { step: stepSummary(step), hook: hook && hookSummary(hook) };
}

/** The newest hook of a step: a step that is tried again opens a new one. */
function hookOf(manager: EntityManager, stepId: StepId): Promise<HookEntity | null> {
  return manager.findOne(HookEntity, { where: { stepId }, order: { ordinal: 'DESC' } });
}
