/**
 * Prepares operations that arrive over WebSocket, with the checks that Apollo makes over HTTP: size, rules and operation
 * type.
 */
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
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

/** Valid documents by text, so that many subscribers with the same query pay for parsing it once. */
const knownDocuments = new WeakMap<GraphQLSchema, Map<string, DocumentNode>>();
const maxKnownDocuments = 200;

/** The arguments for `subscribe`, or the errors that refuse the operation. Never throws. */
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
    return [
      new ApiError(
        'BAD_USER_INPUT',
        'Only subscriptions can be followed. Send everything else as an ordinary HTTP request.',
      ),
    ];
  }
  if (isConditional(document, operation)) {
    return [new ApiError('BAD_USER_INPUT', 'The field of a subscription takes neither `@skip` nor `@include`.')];
  }
  return { schema, document, operationName, variableValues: variables, contextValue: context };
}

/** Whether directives may leave the subscription with no field, so that there is nothing to subscribe to. */
function isConditional(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const waiting: SelectionSetNode[] = [operation.selectionSet];
  for (let set = waiting.pop(); set !== undefined; set = waiting.pop()) {
    for (const selection of set.selections) {
      if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) continue;
      const fragment = fragments.get(selection.name.value);
      // Each fragment is visited once.
      fragments.delete(selection.name.value);
      if (fragment) waiting.push(fragment.selectionSet);
    }
  }
  return false;
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
