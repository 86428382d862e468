/**
 * Batched reads of single rows for field resolvers: one query per kind, owner and event loop turn, however long the list.
 * Nothing is cached, because a long subscription must not get outdated rows.
 */
import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { RunId, StepId, UserId, WorkflowId } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';

interface Owned<Id> {
  ownerId: UserId;
  id: Id;
}

/** `read` gets distinct ids; an id that it leaves out loads as `null`. */
export function loaderByOwner<Id extends string, View>(
  read: (ownerId: UserId, ids: Id[]) => Promise<ReadonlyMap<Id, View>>,
): DataLoader<Owned<Id>, View | null> {
  const readForOwner = async ([ownerId, asked]: [UserId, Owned<Id>[]]) => {
    const ids = [...new Set(asked.map(({ id }) => id))];
    // A failure for one owner must not affect the others.
    const found = await read(ownerId, ids).catch((error: Error) => error);
    return [ownerId, found] as const;
  };
  return new DataLoader(
    async (asked: readonly Owned<Id>[]) => {
      const owners = Map.groupBy(asked, ({ ownerId }) => ownerId);
      const answers = new Map(await Promise.all([...owners].map(readForOwner)));
      return asked.map(({ ownerId, id }) => {
        const found = answers.get(ownerId);
        return found instanceof Error ? found : (found?.get(id) ?? null);
      });
    },
    { cache: false, batchScheduleFn: setImmediate },
  );
}

@Injectable()
export class Loaders {
  readonly run = loaderByOwner((ownerId, ids: RunId[]) => this.reader.runsByIds(ownerId, ids));
  readonly workflow = loaderByOwner((ownerId, ids: WorkflowId[]) => this.reader.workflowsByIds(ownerId, ids));
  readonly workflowWithoutGraph = loaderByOwner((ownerId, ids: WorkflowId[]) =>
    this.reader.workflowsByIds(ownerId, ids, { graphs: false }),
  );
  /** The newest run of a workflow. */
  readonly latestRun = loaderByOwner((ownerId, ids: WorkflowId[]) => this.reader.latestRuns(ownerId, ids));
  /** Null for a run that is not waiting for a worker. */
  readonly queuePlace = loaderByOwner((ownerId, ids: RunId[]) => this.reader.queuePlaces(ownerId, ids));
  readonly step = loaderByOwner((ownerId, ids: StepId[]) => this.reader.stepsByIds(ownerId, ids));
  /** Attempts of a step; the caller must already have checked access to it. */
  readonly stepAttempts = loaderByOwner((_ownerId, ids: StepId[]) => this.reader.stepAttempts(ids));
  /** Every viewer may see every user. */
  readonly user = loaderByOwner((_viewerId, ids: UserId[]) => this.reader.usersByIds(ids));

  constructor(private readonly reader: WorkflowReader) {}
}
