/** Fields of steps, run events and hooks that are resolved separately or are too large for the stream. */
import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { JsonValue } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { ApiError } from '../graphql/api-error.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { Loaders } from '../graphql/loaders.service.js';
import { JsonScalar } from '../graphql/scalars.js';
import { UserObject } from '../users/user.type.js';
import { HookObject } from './hook.type.js';
import { HookAnswers } from './hook-answers.service.js';
import { presentRun, presentStep, presentStepAttempt } from './run.presenter.js';
import { RunObject } from './run.type.js';
import { RunEventObject } from './run-event.type.js';
import { StepAttemptObject, StepObject } from './step.type.js';

@Resolver(() => StepObject)
export class StepFieldsResolver {
  constructor(private readonly loaders: Loaders) {}

  @ResolveField('run', () => RunObject, { description: 'The run that the step belongs to.' })
  async run(@Parent() step: StepObject, @CurrentViewer() viewer: Viewer): Promise<RunObject> {
    const run = await this.loaders.run.load({ ownerId: viewer.userId, id: step.runId });
    if (run === null) throw new ApiError('NOT_FOUND', 'The run was deleted in the meantime.');
    return presentRun(run);
  }

  @ResolveField('input', () => JsonScalar, {
    complexity: 5,
    nullable: true,
    description: 'What the step was given. Values that look like secrets are hidden; very large ones are shortened.',
  })
  async input(@Parent() step: StepObject, @CurrentViewer() viewer: Viewer): Promise<JsonValue> {
    const stored = step.stored ?? (await this.loaders.step.load({ ownerId: viewer.userId, id: step.id }));
    return stored?.input ?? null;
  }

  @ResolveField('output', () => JsonScalar, {
    complexity: 5,
    nullable: true,
    description: 'The stored result. Hidden and shortened like `input`.',
  })
  async output(@Parent() step: StepObject, @CurrentViewer() viewer: Viewer): Promise<JsonValue> {
    const stored = step.stored ?? (await this.loaders.step.load({ ownerId: viewer.userId, id: step.id }));
    return stored?.output ?? null;
  }

  @ResolveField('attempts', () => [StepAttemptObject], {
    complexity: 5,
    description: 'Every try of the step, oldest first.',
  })
  async attempts(@Parent() step: StepObject, @CurrentViewer() viewer: Viewer): Promise<StepAttemptObject[]> {
    return ((await this.loaders.stepAttempts.load({ ownerId: viewer.userId, id: step.id })) ?? []).map(
      presentStepAttempt,
    );
  }
}

@Resolver(() => RunEventObject)
export class RunEventFieldsResolver {
  constructor(private readonly loaders: Loaders) {}

  @ResolveField('step', () => StepObject, { nullable: true, description: 'The step concerned.' })
  async step(@Parent() event: RunEventObject, @CurrentViewer() viewer: Viewer): Promise<StepObject | null> {
    const step =
      event.stepId === null ? null : await this.loaders.step.load({ ownerId: viewer.userId, id: event.stepId });
    return step === null ? null : presentStep(step);
  }
}

@Resolver(() => HookObject)
export class HookFieldsResolver {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loaders: Loaders,
    private readonly answers: HookAnswers,
  ) {}

  @ResolveField('schema', () => JsonScalar, { description: 'The JSON Schema that an answer must fit.' })
  async schema(@Parent() hook: HookObject, @CurrentViewer() viewer: Viewer): Promise<JsonValue> {
    const stored = hook.stored ?? (await this.reader.hook(viewer.userId, hook.id));
    return stored?.schema ?? {};
  }

  @ResolveField('url', () => String, {
    nullable: true,
    description:
      'The address to answer at, with `POST` and JSON. Anyone who knows it can answer, so share it with care. Just a path if ' +
      'the server has no public URL. Null once the hook no longer waits.',
  })
  async url(@Parent() hook: HookObject, @CurrentViewer() viewer: Viewer): Promise<string | null> {
    const stored = await this.reader.hook(viewer.userId, hook.id);
    return stored && this.answers.addressOf(stored);
  }

  @ResolveField('payload', () => JsonScalar, {
    nullable: true,
    description: 'The answer; null while it waits. Values that look like secrets are hidden.',
  })
  async payload(@Parent() hook: HookObject, @CurrentViewer() viewer: Viewer): Promise<JsonValue> {
    const stored = hook.stored ?? (await this.reader.hook(viewer.userId, hook.id));
    return stored?.payload ?? null;
  }

  @ResolveField('resolvedBy', () => UserObject, { nullable: true, description: 'Who answered.' })
  async resolvedBy(@Parent() hook: HookObject, @CurrentViewer() viewer: Viewer): Promise<UserObject | null> {
    if (hook.resolvedById === null) return null;
    return this.loaders.user.load({ ownerId: viewer.userId, id: hook.resolvedById });
  }
}
