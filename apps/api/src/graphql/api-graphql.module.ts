/**
 * Apollo on Express: limits, error format and context of the HTTP path. The WebSocket path is set up separately and shares
 * all three.
 */
import type { IncomingMessage } from 'node:http';
import { type ApolloServerPlugin, type GraphQLResponse, HeaderMap } from '@apollo/server';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { AuthModule } from '../auth/auth.module.js';
import { ViewerAuthentication } from '../auth/viewer-authentication.service.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { ApiError, apiErrorCatalog } from './api-error.js';
import { chargedFieldResolver, chargeFields } from './charged-fields.js';
import { faultsOf } from './document-check.js';
import { ErrorReporting } from './error-reporting.service.js';
import { GraphqlServicesModule } from './graphql-services.module.js';
import { OperationBudget } from './operation-budget.js';
import type { OperationContext } from './operation-context.js';
import { operationLimits } from './operation-limits.js';
import { currentRequestId } from './request-scope.js';
import { describeRoots } from './root-descriptions.js';

export const GRAPHQL_PATH = '/graphql';
const MEDIA_TYPE = 'application/graphql-response+json';

/**
 * Rejects subscriptions over HTTP: Apollo would try to execute one and report an error of its own. Checks the requested
 * operation only, because the document may contain a subscription beside it.
 */
const noSubscriptions: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const message =
        'Subscriptions run over WebSocket, with the subprotocol graphql-transport-ws, or by POST with `Accept: text/event-stream`, at the same address.';
      const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } };
      throw new GraphQLError(message, { nodes: operation, extensions });
    },
  }),
};

/**
 * Checks documents as the WebSocket path does. Apollo's own validation is off: it runs every rule before anything can check
 * the size of the document and its variables.
 */
function documentCheck(environment: ApiEnvironment, errors: ErrorReporting): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, request, response }): Promise<GraphQLResponse | null> => {
        const { operationName, variables } = request;
        const faults = faultsOf(schema, environment, { document, operationName, variables });
        if (faults.length === 0) return null;
        response.http.status = apiErrorCatalog.BAD_USER_INPUT.httpStatus;
        const singleResult = { errors: faults.map((fault) => errors.report(fault)) };
        return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
      },
    }),
  };
}

/** When an operation exceeds its budget or its deadline, the answer holds that one error, not one for each missing field. */
function budgetCheck(errors: ErrorReporting): ApolloServerPlugin<OperationContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue, response }) => {
        if (!contextValue.budget.exceeded) return;
        const singleResult = { data: null, errors: [errors.report(contextValue.budget.refusal)] };
        response.body = { kind: 'single', singleResult };
      },
    }),
  };
}

/**
 * Refused documents and variables answer 200 to clients that accept `application/json` only, as GraphQL over HTTP asks: of
 * any other status such clients cannot tell whether GraphQL or a proxy sent it.
 */
const statusForPlainJson: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response }) => {
      const accepted = request.http?.headers.get('accept') ?? '';
      if (response.http.status === 400 && !accepted.includes(MEDIA_TYPE)) response.http.status = 200;
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
    transformSchema: (schema) => chargeFields(describeRoots(schema)),
    fieldResolver: chargedFieldResolver,
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
    dangerouslyDisableValidation: true,
    plugins: [noSubscriptions, documentCheck(environment, errors), budgetCheck(errors), statusForPlainJson],
    formatError: (formatted, error) => errors.report(error, formatted),
    context: async ({ req }: { req: IncomingMessage }): Promise<OperationContext> => {
      const viewer = await authentication.viewerOf({ headers: req.headers });
      if (viewer === null) throw new ApiError('UNAUTHENTICATED');
      return { viewer, requestId: currentRequestId() ?? '', budget: new OperationBudget() };
    },
  };
}

@Module({
  imports: [
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      imports: [AuthModule, GraphqlServicesModule],
      inject: [API_ENVIRONMENT, ViewerAuthentication, ErrorReporting],
      useFactory: apolloOptions,
    }),
  ],
  exports: [GraphQLModule],
})
export class ApiGraphqlModule {}
