/** The mark that a run's terminal event stands in the stream, for those who hold no claim. */
import { type DataSource, type EntityManager, In, LessThan } from 'typeorm';
import { type Cursor, cursorParts, type RunId, type WorkflowId } from '#libs/contracts';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';

/**
 * Sets the mark if `epoch` is still the last epoch that was taken for the run: a retried run is not marked by whoever
 * closed it before. `cursor` is the place of the terminal event, or `null` when it is not known. Idempotent.
 */
export async function recordStreamClosed(
  dataSource: DataSource,
  runId: RunId,
  epoch: number,
  cursor: Cursor | null,
): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const ended = { id: runId, epoch, status: In(['SUCCEEDED', 'FAILED', 'CANCELED']) };
    const run = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: ended });
    if (!run) return;
    if (cursor) await moveCursorToEnd(manager, run.workflowId, cursor);
    await manager.update(RunEntity, ended, { streamClosed: true });
  });
}

/**
 * Moves the workflow's cursor behind the terminal event, which holds no chunks, so that the stored message is exact
 * there as well. Whoever reads the workflow later is not told the end of a run that is over, least of all while the next
 * one is queued. Does nothing when a later epoch was taken.
 */
export async function moveCursorToEnd(manager: EntityManager, workflowId: WorkflowId, cursor: Cursor): Promise<void> {
  const { epoch, seq } = cursorParts(cursor);
  const before = { id: workflowId, epoch, cursorEpoch: epoch, cursorSeq: LessThan(seq) };
  await manager.update(WorkflowEntity, before, { cursorSeq: seq });
}
