/** The query for oneself. */
import { Query, Resolver } from '@nestjs/graphql';
import { WorkflowReader } from '#libs/persistence';
import { ApiError } from '../graphql/api-error.js';
import { CurrentViewer } from './current-viewer.decorator.js';
import { presentUser } from './user.presenter.js';
import { UserObject } from './user.type.js';
import type { Viewer } from './viewer.js';

@Resolver(() => UserObject)
export class ViewerQueriesResolver {
  constructor(private readonly reader: WorkflowReader) {}

  @Query(() => UserObject, { description: 'Who is asking.' })
  async viewer(@CurrentViewer() viewer: Viewer): Promise<UserObject> {
    const user = await this.reader.user(viewer.userId);
    if (user === null) throw new ApiError('UNAUTHENTICATED');
    return presentUser(user);
  }
}
