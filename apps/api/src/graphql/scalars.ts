/** The scalars of the schema and their wire formats. */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

function passThrough(name: string, description: string): GraphQLScalarType {
  return new GraphQLScalarType({
    name,
    description,
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  });
}

/** Any JSON value, unchanged. */
export const JsonScalar = passThrough('JSON', 'Any JSON value: object, array, string, number, boolean or null.');

/** One chunk of the AI SDK's UI message stream, unchanged. */
export const UiMessageChunkScalar = passThrough(
  'UIMessageChunk',
  'One chunk of the AI SDK 7 UI message stream, unchanged. Fold chunks with `readUIMessageStream` of the `ai` package.',
);

function requireText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError(`${name} must be a string.`);
}

function requireTextLiteral(name: string, node: ValueNode): string {
  if (node.kind === Kind.STRING) return node.value;
  throw new GraphQLError(`${name} must be a string.`, { nodes: node });
}

/** A position in a workflow's stream. */
export const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'A position in the stream of one workflow. Opaque: pass it back exactly as you received it. It grants no access.',
  serialize: (value) => value as string,
  parseValue: (value) => requireText('Cursor', value),
  parseLiteral: (node) => requireTextLiteral('Cursor', node),
});

function toInstant(value: unknown): string {
  const date = new Date(requireText('DateTime', value));
  if (Number.isNaN(date.getTime())) throw new GraphQLError('DateTime must be a date and time as RFC 3339 writes it.');
  return date.toISOString();
}

/** A point in time: of the database, or as text of the stream. */
export type Instant = Date | string;

export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'A point in time in UTC, as in RFC 3339, for example `2026-11-20T10:45:24.000Z`.',
  serialize: (value) => (value instanceof Date ? value.toISOString() : (value as string)),
  parseValue: toInstant,
  parseLiteral: (node) => toInstant(requireTextLiteral('DateTime', node)),
});
