/**
 * Measures an operation before any of it is executed: depth, aliases, cost and page sizes. Each fragment is measured once,
 * so the time is linear in the document, however often fragments are spread.
 *
 * A field costs its `complexity` (see the decorators), or else 1, or 2 with a selection. A page size multiplies the cost of
 * everything below it.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { limits, ownValue } from '#libs/contracts';

export interface OperationSize {
  /** Levels of fields. */
  depth: number;
  aliases: number;
  cost: number;
  /** The largest product of page sizes on one path. */
  rows: number;
}

export type Variables = Readonly<Record<string, unknown>>;

const NOTHING: OperationSize = { depth: 0, aliases: 0, cost: 0, rows: 1 };

/** Introspection fields, which return the whole schema or one type. A rule of the specification bounds their depth. */
const introspectionCosts = new Map([
  ['__schema', 5_000],
  ['__type', 500],
]);

/** Cap for products of page sizes, so that no accepted document exceeds what a number can hold. */
const MOST = Number.MAX_SAFE_INTEGER;

/** Measures one operation of a document. A cycle of fragments, which validation refuses, counts once. */
export function sizeOfOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): OperationSize {
  const meter = new OperationMeter(schema, document, operation, variables);
  return meter.ofSet(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

class OperationMeter {
  private readonly definitions = new Map<string, FragmentDefinitionNode>();
  private readonly measured = new Map<string, OperationSize>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly variables: Variables,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.definitions.set(definition.name.value, definition);
    }
  }

  ofSet(set: SelectionSetNode, parent: GraphQLNamedType | undefined): OperationSize {
    let size = NOTHING;
    const spread = new Set<string>();
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        // Executed once, however often one selection spreads it.
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      size = besides(size, this.ofSelection(selection, parent));
    }
    return size;
  }

  private ofSelection(selection: SelectionNode, parent: GraphQLNamedType | undefined): OperationSize {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.ofField(selection, parent);
      case Kind.INLINE_FRAGMENT:
        return this.ofSet(selection.selectionSet, this.typeOn(selection.typeCondition?.name.value) ?? parent);
      case Kind.FRAGMENT_SPREAD:
        return this.ofFragment(selection.name.value);
    }
  }

  private ofFragment(name: string): OperationSize {
    const known = this.measured.get(name);
    const definition = this.definitions.get(name);
    if (known || !definition) return known ?? NOTHING;
    // The value that a cycle of fragments reads while the fragment is still being measured.
    this.measured.set(name, NOTHING);
    const size = this.ofSet(definition.selectionSet, this.typeOn(definition.typeCondition.name.value));
    this.measured.set(name, size);
    return size;
  }

  private ofField(node: FieldNode, parent: GraphQLNamedType | undefined): OperationSize {
    const aliases = node.alias ? 1 : 0;
    const introspection = introspectionCosts.get(node.name.value);
    if (introspection !== undefined) return { depth: 1, aliases, cost: introspection, rows: 1 };
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? ownValue(parent.getFields(), node.name.value) : undefined;
    const below = node.selectionSet ? this.ofSet(node.selectionSet, field && getNamedType(field.type)) : NOTHING;
    const page = field ? this.pageSize(node, field) : 1;
    return {
      depth: 1 + below.depth,
      aliases: Math.min(MOST, aliases + below.aliases),
      cost: Math.min(MOST, weightOf(node, field) + page * below.cost),
      rows: Math.min(MOST, page * below.rows),
    };
  }

  private typeOn(condition: string | undefined): GraphQLNamedType | undefined {
    return condition === undefined ? undefined : this.schema.getType(condition);
  }

  /** Rows that a field asks for; 1 for a field without paging. */
  private pageSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
    const sizes = field.args.filter(({ name }) => name === 'first' || name === 'last').map(({ name }) => name);
    if (sizes.length === 0) return 1;
    const given = (node.arguments ?? [])
      .filter((argument) => sizes.includes(argument.name.value))
      .map((argument) => this.valueOf(argument.value))
      .filter((value) => value !== undefined && value !== null);
    if (given.length === 0) return limits.defaultPageSize;
    // A size that is not a number or exceeds a page is refused by the resolver; here it counts as a full page.
    const wanted = given.map((value) => (typeof value === 'number' ? value : limits.pageSize));
    return Math.min(limits.pageSize, Math.max(1, ...wanted));
  }

  private valueOf(node: ValueNode): unknown {
    if (node.kind === Kind.INT) return Number(node.value);
    if (node.kind === Kind.NULL) return null;
    if (node.kind !== Kind.VARIABLE) return node.kind;
    const name = node.name.value;
    if (Object.hasOwn(this.variables, name) && this.variables[name] !== undefined) return this.variables[name];
    const definition = this.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    return definition?.defaultValue && this.valueOf(definition.defaultValue);
  }
}

function besides(a: OperationSize, b: OperationSize): OperationSize {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: Math.min(MOST, a.aliases + b.aliases),
    cost: Math.min(MOST, a.cost + b.cost),
    rows: Math.max(a.rows, b.rows),
  };
}

function weightOf(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined): number {
  const declared = field?.extensions.complexity;
  if (typeof declared === 'number') return declared;
  return node.selectionSet ? 2 : 1;
}
