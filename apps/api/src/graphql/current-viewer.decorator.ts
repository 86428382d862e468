/** `@CurrentViewer()`: the viewer of the running operation, over HTTP or WebSocket. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import type { OperationContext } from './operation-context.js';

export const CurrentViewer = createParamDecorator((_data: unknown, context: ExecutionContext): Viewer => {
  return GqlExecutionContext.create(context).getContext<OperationContext>().viewer;
});
