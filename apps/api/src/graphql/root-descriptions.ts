/**
 * Describes the three root types, which have no class of their own to carry a description.
 */
import type { GraphQLSchema } from 'graphql';

/** Sets the descriptions on this very schema and returns it. */
export function describeRoots(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), 'Everything that can be read.'],
    [
      schema.getMutationType(),
      'Everything that can be changed. Expected refusals come as `userErrors`; nothing is stored when there is one.',
    ],
    [schema.getSubscriptionType(), 'Everything that can be followed, over WebSocket with `graphql-transport-ws`.'],
  ] as const;
  for (const [type, description] of roots) if (type) type.description = description;
  return schema;
}
