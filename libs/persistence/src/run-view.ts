/** What readers see of a run's row. This is the only place in persistence that names the columns shown. */
import type { RunErrorInfo, RunStatus } from '#libs/contracts';
import type { RunEntity } from './entities/run.entity.js';

const shownColumns = [
  'id',
  'workflowId',
  'ownerId',
  'status',
  'prompt',
  'agent',
  'model',
  'attempts',
  'error',
  'usage',
  'createdAt',
  'startedAt',
  'wakeAt',
  'finishedAt',
  'historyExpiredAt',
] as const satisfies readonly (keyof RunEntity)[];

type ShownColumns = Pick<RunEntity, (typeof shownColumns)[number]>;

/** Exactly the failed runs have an error, as a CHECK constraint guarantees. */
export type RunView = Omit<ShownColumns, 'status' | 'error'> &
  ({ status: 'FAILED'; error: RunErrorInfo } | { status: Exclude<RunStatus, 'FAILED'>; error: null });

export function runView(row: RunEntity): RunView {
  const view = Object.fromEntries(shownColumns.map((column) => [column, row[column]])) as unknown as RunView;
  return view.status === 'WAITING' ? view : { ...view, wakeAt: null };
}
