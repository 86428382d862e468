/**
 * Charges an operation's budget for what its fields resolve to: rows for what a resolver reads, bytes for every value in
 * the answer. It also stops waiting for a value when the operation's time is up. Resolvers need not know about it.
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

/** For fields without a resolver of their own. They read no rows. */
export const chargedFieldResolver: Resolver = (source, args, context, info) =>
  withoutThrowing(() => charged(defaultFieldResolver(source, args, context, info), context, info, false));

/** Wraps the resolvers of this schema so that they are charged. Modifies the schema in place and returns it. */
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
 * When a field in a list throws, graphql-js abandons the list and the promises of its earlier items. If one of those then
 * rejects, the rejection is unhandled and Node ends the process. A rejected promise is awaited together with the others
 * instead.
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
