/**
 * How many rows pages within pages may add up to. Sizes multiply, and a size in a variable is not known yet, so it
 * counts as the largest one: what a document costs must not depend on where its numbers are written.
 */
import {
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { limits } from '#libs/contracts';

/** Rows that one path of a document may ask for. Two full pages, one in the other. */
export const MAX_ROWS = limits.pageSize ** 2;

/** Refuses a document in which the page sizes on one path multiply to more than `MAX_ROWS`. */
export function pageRule(extensions: Record<string, unknown>): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const root = context.getSchema().getRootType(operation.operation);
      if (root && largestPath(context, operation.selectionSet, root, 1, new Set()) > MAX_ROWS) {
        const message = `Pages within pages may add up to at most ${MAX_ROWS} rows; ask for smaller or fewer of them.`;
        context.reportError(new GraphQLError(message, { nodes: operation, extensions }));
      }
    },
  });
}

/** The largest product of page sizes below a selection; stops looking once it is too large. */
function largestPath(
  context: ValidationContext,
  selection: SelectionSetNode,
  parent: GraphQLCompositeType,
  rows: number,
  openFragments: ReadonlySet<string>,
): number {
  let largest = rows;
  for (const node of selection.selections) {
    if (largest > MAX_ROWS) return largest;
    if (node.kind === Kind.FIELD) {
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
      const type = field && getNamedType(field.type);
      if (!field || !node.selectionSet || !isCompositeType(type)) continue;
      const below = rows * sizeOf(node, field);
      largest = Math.max(largest, largestPath(context, node.selectionSet, type, below, openFragments));
      continue;
    }
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? context.getFragment(node.name.value) : node;
    if (!fragment) continue;
    const name = node.kind === Kind.FRAGMENT_SPREAD ? node.name.value : null;
    // Another rule reports fragments that contain themselves.
    if (name !== null && openFragments.has(name)) continue;
    const condition = fragment.typeCondition && context.getSchema().getType(fragment.typeCondition.name.value);
    const open = name === null ? openFragments : new Set(openFragments).add(name);
    const on = isCompositeType(condition) ? condition : parent;
    largest = Math.max(largest, largestPath(context, fragment.selectionSet, on, rows, open));
  }
  return largest;
}

function sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
  if (!field.args.some((argument) => argument.name === 'first')) return 1;
  const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (value === undefined || value.kind === Kind.NULL) return limits.defaultPageSize;
  return value.kind === Kind.INT ? Math.max(1, Number(value.value)) : limits.pageSize;
}
