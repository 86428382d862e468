/**
 * Decides whether a document may be executed: limits first, then the specification's rules. HTTP and WebSocket share this
 * check, so both refuse the same documents. A document over a limit costs no more than one walk over its text.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { ApiError } from './api-error.js';
import { operationLimits } from './operation-limits.js';
import { sizeOfOperation, type Variables } from './operation-size.js';

export interface DocumentRequest {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables?: Variables | null | undefined;
}

export interface DocumentOptions {
  /** Whether clients may query the schema. If not, errors suggest no names from it either. */
  introspection: boolean;
}

/** Documents that passed the specification's rules. These do not depend on variables, so one check is enough. */
const passed = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>();

/** The reasons why the document is refused; empty when it may be executed. */
export function faultsOf(
  schema: GraphQLSchema,
  options: DocumentOptions,
  request: DocumentRequest,
): readonly GraphQLError[] {
  const excess = excessOf(schema, request);
  if (excess !== null) return [new ApiError('LIMIT_EXCEEDED', excess)];
  let known = passed.get(schema);
  if (!known) {
    known = new WeakSet();
    passed.set(schema, known);
  }
  if (known.has(request.document)) return [];
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const faults = validate(schema, request.document, rules, {
    maxErrors: operationLimits.faults,
    hideSuggestions: !options.introspection,
  });
  if (faults.length === 0) known.add(request.document);
  return faults;
}

/** A message about the first limit that the document or its operation exceeds; `null` when there is none. */
function excessOf(schema: GraphQLSchema, { document, operationName, variables }: DocumentRequest): string | null {
  if (comparisonsOf(document) > operationLimits.comparisons) {
    return 'The document repeats the same fields or fragments too often.';
  }
  const operation = getOperationAST(document, operationName);
  // Without an operation nothing is executed, and the server reports that after validation.
  if (!operation) return null;
  const size = sizeOfOperation(schema, document, operation, variables ?? {});
  const { depth, aliases, cost, rows } = operationLimits;
  if (size.depth > depth) return `The operation is nested ${size.depth} levels deep; at most ${depth} are allowed.`;
  if (size.aliases > aliases) return `The operation has more than ${aliases} aliases.`;
  if (size.rows > rows)
    return `Pages within pages may add up to at most ${rows} rows; ask for smaller or fewer of them.`;
  if (size.cost > cost) return `The operation costs ${size.cost}; at most ${cost} is allowed. Ask for less at once.`;
  return null;
}

/** A leaf field without arguments is compared by name alone. */
const PLAIN = 0.1;

/**
 * An upper bound on the comparisons that validation makes for this document. The specification requires comparing fields
 * that share a response name, and fragments spread side by side; both grow with the square of the repetitions. Takes one
 * walk over the document: a fragment's content counts once, because validation compares it once.
 */
export function comparisonsOf(document: DocumentNode): number {
  const names = new Map<string, { count: number; weight: number }>();
  let spreads = 0;
  visit(document, {
    [Kind.FIELD]: (node: FieldNode) => {
      const name = (node.alias ?? node.name).value;
      const group = names.get(name) ?? { count: 0, weight: 0 };
      group.count += 1;
      group.weight += weightOf(node);
      names.set(name, group);
    },
    [Kind.FRAGMENT_SPREAD]: () => {
      spreads += 1;
    },
  });
  let comparisons = pairs(spreads, spreads);
  for (const { count, weight } of names.values()) comparisons += pairs(count, weight);
  return comparisons;
}

function pairs(count: number, weight: number): number {
  return (Math.max(0, count - 1) * weight) / 2;
}

function weightOf(node: FieldNode): number {
  const others = (node.arguments?.length ?? 0) + (node.directives?.length ?? 0);
  return node.selectionSet || others > 0 ? 1 + others : PLAIN;
}
