/**
 * Apollo on Express: limits, error format and context of the HTTP path. The WebSocket path is built by hand beside it
 * and shares all three.
 */
import type { IncomingMessage } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { AuthModule } from '../auth/auth.module.js';
import { ViewerAuthentication } from '../auth/local-viewer.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { ApiError } from './api-error.js';
import { ErrorReporting } from './error-reporting.js';
import { ErrorReportingModule } from './error-reporting.module.js';
import type { OperationContext } from './operation-context.js';
import { operationLimits, operationRules } from './operation-rules.js';
import { currentRequestId } from './request-scope.js';
import { describeRoots } from './root-descriptions.js';

export const GRAPHQL_PATH = '/graphql';

/**
 * Apollo would try to execute a subscription and report its own failure. Looks at the operation that was asked for: the
 * document may hold a subscription beside it.
 */
const noSubscriptions: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const message =
        'Subscriptions run over WebSocket, with the subprotocol graphql-transport-ws, at the same address.';
      const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } };
      throw new GraphQLError(message, { nodes: operation, extensions });
    },
  }),
};

function apolloOptions(
  environment: ApiEnvironment,
  authentication: ViewerAuthentication,
  errors: ErrorReporting,
): ApolloDriverConfig {
  return {
    path: GRAPHQL_PATH,
    autoSchemaFile: true,
    transformSchema: describeRoots,
    sortSchema: true,
    graphiql: false,
    introspection: environment.introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    cache: 'bounded',
    includeStacktraceInErrorResponses: false,
    preserveHttpStatusForExecutionErrors: false,
    autoTransformHttpErrors: false,
    parseOptions: { maxTokens: operationLimits.tokens },
    // Apollo has its own introspection switch on this path.
    validationRules: operationRules({ introspection: true }),
    plugins: [noSubscriptions],
    formatError: (formatted, error) => errors.report(error, formatted),
    context: async ({ req }: { req: IncomingMessage }): Promise<OperationContext> => {
      const viewer = await authentication.authenticate({ headers: req.headers });
      if (viewer === null) throw new ApiError('UNAUTHENTICATED');
      return { viewer, requestId: currentRequestId() ?? '' };
    },
  };
}

@Module({
  imports: [
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      imports: [AuthModule, ErrorReportingModule],
      inject: [API_ENVIRONMENT, ViewerAuthentication, ErrorReporting],
      useFactory: apolloOptions,
    }),
  ],
  exports: [GraphQLModule],
})
export class ApiGraphqlModule {}
