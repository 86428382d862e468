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
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { ApiError } from '../graphql/api-error.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { operationLimits } from '../graphql/operation-rules.js';

export interface SubscribePayload {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/** Documents that were valid once, so that many viewers with one query pay for its validation once. */
const validDocuments = new WeakMap<GraphQLSchema, Map<string, DocumentNode>>();
const maxValidDocuments = 200;

/** The arguments for `subscribe`, or why the operation is refused. Never throws. */
export function prepareSubscription(
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  payload: SubscribePayload,
  context: OperationContext,
): ExecutionArgs | readonly GraphQLError[] {
  const document = readDocument(schema, rules, payload.query);
  if (!('kind' in document)) return document;
  const operation = getOperationAST(document, payload.operationName);
  if (!operation) return [new ApiError('BAD_USER_INPUT', 'The document holds no operation of that name.')];
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    return [new ApiError('BAD_USER_INPUT', 'Only subscriptions run over WebSocket. Send everything else by HTTP.')];
  }
  return {
    schema,
    document,
    operationName: payload.operationName,
    variableValues: payload.variables,
    contextValue: context,
  };
}

function readDocument(
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  query: string,
): DocumentNode | readonly GraphQLError[] {
  let known = validDocuments.get(schema);
  if (!known) {
    known = new Map();
    validDocuments.set(schema, known);
  }
  const found = known.get(query);
  if (found) return found;
  try {
    const document = parse(query, { maxTokens: operationLimits.tokens });
    const errors = validate(schema, document, [...specifiedRules, ...rules]);
    if (errors.length > 0) return errors;
    const oldest = known.size >= maxValidDocuments ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(query, document);
    return document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    return [error instanceof RangeError ? new ApiError('LIMIT_EXCEEDED') : new ApiError('BAD_USER_INPUT')];
  }
}
