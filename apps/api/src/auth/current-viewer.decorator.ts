/**
 * `@CurrentViewer()`: the viewer of the running operation, on HTTP and on WebSocket alike.
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { OperationContext } from '../graphql/operation-context.js';
import type { Viewer } from './viewer.js';

export const CurrentViewer = createParamDecorator((_data: unknown, context: ExecutionContext): Viewer => {
  return GqlExecutionContext.create(context).getContext<OperationContext>().viewer;
});
