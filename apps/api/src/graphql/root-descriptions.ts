/** Adds descriptions to the three root types, which have no class to carry one. */
import type { GraphQLSchema } from 'graphql';

/** Sets the descriptions on this schema in place and returns it. */
export function describeRoots(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), 'Everything you can read.'],
    [
      schema.getMutationType(),
      'Everything you can change. Expected refusals are returned in `userErrors`; if there is one, nothing was stored.',
    ],
    [
      schema.getSubscriptionType(),
      'Everything you can follow: over WebSocket with `graphql-transport-ws`, or by `POST` with `Accept: text/event-stream`.',
    ],
  ] as const;
  for (const [type, description] of roots) if (type) type.description = description;
  return schema;
}
