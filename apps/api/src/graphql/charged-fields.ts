/**
 * Charges the budget of an operation for what its fields resolve to: rows for what a resolver of ours has read, bytes for
 * every value of the answer, and waits for no value longer than the operation may take. Owns where that happens; resolvers
 * need not think of it.
 */
import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
} from 'graphql';
import type { OperationContext } from './operation-context.js';
import { sizeOfJson } from './size-of-json.js';

type Resolver = GraphQLFieldResolver<unknown, OperationContext>;

/** For fields without a resolver of their own. Nothing is read for them. */
export const chargedFieldResolver: Resolver = (source, args, context, info) =>
  withoutThrowing(() => charged(defaultFieldResolver(source, args, context, info), context, info, false));

/** Charges for the fields that have a resolver of their own, on this very schema, and returns it. */
export function chargeFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (!resolve) continue;
      field.resolve = (source, args, context: OperationContext, info) =>
        withoutThrowing(() =>
          charged(
            context.budget.read(() => resolve(source, args, context, info)),
            context,
            info,
            true,
          ),
        );
    }
  }
  return schema;
}

/**
 * What throws in a list makes graphql-js leave the list at once, with the promises of the items before it. When one of them is
 * rejected then, which nobody hears, Node ends the process. What is rejected instead is waited for with all others.
 */
function withoutThrowing(resolve: () => unknown): unknown {
  try {
    return resolve();
  } catch (error) {
    return Promise.reject(error);
  }
}

function charged(value: unknown, context: OperationContext, info: GraphQLResolveInfo, isRead: boolean): unknown {
  if (value instanceof Promise) return value.then((settled) => charged(settled, context, info, isRead));
  const { budget } = context;
  const name = info.path.key.toString().length;
  if (value === null || value === undefined) budget.charge(0, name);
  else if (isLeafType(getNamedType(info.returnType))) budget.charge(0, name + sizeOfJson(value, budget.bytesLeft));
  else budget.charge(isRead ? rowsOf(value) : 0, name);
  return value;
}

function rowsOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  const isConnection = typeof value === 'object' && value !== null && 'edges' in value && Array.isArray(value.edges);
  return isConnection ? Math.max(1, (value.edges as unknown[]).length) : 1;
}
