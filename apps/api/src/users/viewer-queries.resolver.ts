import { Query, Resolver } from '@nestjs/graphql';
import { WorkflowReader } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { ApiError } from '../graphql/api-error.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { UserObject } from './user.type.js';

@Resolver(() => UserObject)
export class ViewerQueriesResolver {
  constructor(private readonly reader: WorkflowReader) {}

  @Query(() => UserObject, { description: 'Who is asking.' })
  async viewer(@CurrentViewer() viewer: Viewer): Promise<UserObject> {
    const user = await this.reader.user(viewer.userId);
    if (user === null) throw new ApiError('UNAUTHENTICATED');
    return user;
  }
}
