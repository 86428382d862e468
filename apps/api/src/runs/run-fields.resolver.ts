import { Args, ArgsType, Field, Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { limits, type StepStatus } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';
import type { ConnectionShape } from '../graphql/connection.type.js';
import { StepStatusEnum } from '../graphql/enums.js';
import { Loaders } from '../graphql/loaders.service.js';
import { PageArgs, pageRequest, presentConnection } from '../graphql/paging.js';
import { selects, selectsOfNodes } from '../graphql/selection.js';
import { WorkersAlive } from '../health/workers-alive.service.js';
import { HookObject } from './hook.type.js';
import { presentHook, presentStep } from './run.presenter.js';
import { QueuePlaceObject, RunObject } from './run.type.js';
import { RunEventConnection, type RunEventObject } from './run-event.type.js';
import { StepConnection, type StepObject } from './step.type.js';

@ArgsType()
export class StepsArgs extends PageArgs {
  @Field(() => [StepStatusEnum], { nullable: true, description: 'Only steps in one of these states; all if absent.' })
  status?: StepStatus[] | null;
}

@Resolver(() => RunObject)
export class RunFieldsResolver {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loaders: Loaders,
    private readonly workers: WorkersAlive,
  ) {}

  @ResolveField('steps', () => StepConnection, { description: 'The steps so far, oldest first.' })
  async steps(
    @Parent() run: RunObject,
    @Args() args: StepsArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionShape<StepObject>> {
    const request = pageRequest(args, 'step');
    const filter = args.status ? { status: [...new Set(args.status)] } : {};
    const values = selectsOfNodes(info, ['input', 'output']);
    const steps = await this.reader.steps(run.ownerId, run.id, request, filter, { values });
    return presentConnection(steps, request, presentStep);
  }

  @ResolveField('events', () => RunEventConnection, { description: 'The history of the run, oldest first.' })
  async events(@Parent() run: RunObject, @Args() page: PageArgs): Promise<ConnectionShape<RunEventObject>> {
    const request = pageRequest(page, 'runEvent');
    return presentConnection(await this.reader.runEvents(run.ownerId, run.id, request), request, (event) => event);
  }

  @ResolveField('queuePlace', () => QueuePlaceObject, {
    nullable: true,
    description:
      'The run’s place in the queue while it is QUEUED; null otherwise. No event announces changes: query it again.',
  })
  async queuePlace(@Parent() run: RunObject): Promise<QueuePlaceObject | null> {
    if (run.status !== 'QUEUED') return null;
    const [place, workersAlive] = await Promise.all([
      this.loaders.queuePlace.load({ ownerId: run.ownerId, id: run.id }),
      this.workers.count(),
    ]);
    // A worker has claimed the run in the meantime.
    if (place === null) return null;
    return { ...place, workersAlive };
  }

  @ResolveField('hooks', () => [HookObject], {
    description: `The hooks that the run waited or waits for, oldest first; the newest ${limits.shownHooks}.`,
  })
  async hooks(@Parent() run: RunObject, @Info() info: GraphQLResolveInfo): Promise<HookObject[]> {
    const values = selects(info, ['schema']) || selects(info, ['payload']);
    return (await this.reader.hooks(run.ownerId, run.id, { values })).map(presentHook);
  }
}
