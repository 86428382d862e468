/** The mark that a run's terminal event stands in the stream, for those who hold no claim. */
import { type DataSource, In } from 'typeorm';
import type { RunId } from '#libs/contracts';
import { RunEntity } from './entities/run.entity.js';

/**
 * Sets the mark if `epoch` is still the last epoch that was taken for the run: a retried run is not marked by whoever
 * closed it before. Idempotent.
 */
export async function recordStreamClosed(dataSource: DataSource, runId: RunId, epoch: number): Promise<void> {
  await dataSource.manager.update(
    RunEntity,
    { id: runId, epoch, status: In(['SUCCEEDED', 'FAILED', 'CANCELED']) },
    { streamClosed: true },
  );
}
