/** The Node interface: everything with a global id. */
import { Field, ID, InterfaceType } from '@nestjs/graphql';
import { type IdKind, idKindOf } from '#libs/contracts';

const typeNames: Partial<Record<IdKind, string>> = {
  workflow: 'Workflow',
  run: 'Run',
  step: 'Step',
  hook: 'Hook',
  user: 'User',
};

/** The GraphQL type name for an id, or `undefined` when it is not a node's. */
export function typeNameOfId(id: string): string | undefined {
  const kind = idKindOf(id);
  return kind === null ? undefined : typeNames[kind];
}

@InterfaceType('Node', {
  description: 'Something with an id that is unique across the whole API and that `node(id)` can read.',
  resolveType: (value: NodeObject) => typeNameOfId(value.id),
})
export abstract class NodeObject {
  @Field(() => ID, { description: 'Opaque, prefixed with its kind. Ids do not sort by creation.' })
  id: string;
}
