/**
 * Prepares operations that arrive over WebSocket. Owns the checks that Apollo makes on HTTP: size, rules, kind of
 * operation; never touches a socket.
 */
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
} from 'graphql';
import { ApiError } from '../graphql/api-error.js';
import { type DocumentOptions, faultsOf } from '../graphql/document-check.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { operationLimits } from '../graphql/operation-limits.js';

export interface SubscribePayload {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/** Documents that were valid once, by their text, so that many viewers with one query pay for reading it once. */
const knownDocuments = new WeakMap<GraphQLSchema, Map<string, DocumentNode>>();
const maxKnownDocuments = 200;

/** The arguments for `subscribe`, or why the operation is refused. Never throws. */
export function prepareSubscription(
  schema: GraphQLSchema,
  options: DocumentOptions,
  payload: SubscribePayload,
  context: OperationContext,
): ExecutionArgs | readonly GraphQLError[] {
  const { query, operationName, variables } = payload;
  const document = readDocument(schema, query);
  if (!('kind' in document)) return document;
  const faults = faultsOf(schema, options, { document, operationName, variables });
  if (faults.length > 0) return faults;
  remember(schema, query, document);
  const operation = getOperationAST(document, operationName);
  if (!operation) return [new ApiError('BAD_USER_INPUT', 'The document holds no operation of that name.')];
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    return [new ApiError('BAD_USER_INPUT', 'Only subscriptions run over WebSocket. Send everything else by HTTP.')];
  }
  return { schema, document, operationName, variableValues: variables, contextValue: context };
}

function readDocument(schema: GraphQLSchema, query: string): DocumentNode | readonly GraphQLError[] {
  const known = knownDocuments.get(schema)?.get(query);
  if (known) return known;
  try {
    return parse(query, { maxTokens: operationLimits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    return [error instanceof RangeError ? new ApiError('LIMIT_EXCEEDED') : new ApiError('BAD_USER_INPUT')];
  }
}

function remember(schema: GraphQLSchema, query: string, document: DocumentNode): void {
  const known = knownDocuments.get(schema) ?? new Map<string, DocumentNode>();
  knownDocuments.set(schema, known);
  const oldest = known.size >= maxKnownDocuments && !known.has(query) ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  known.set(query, document);
}
