/** Relay connections. */
import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType('PageInfo', { description: 'Where a page of a connection stands.' })
export class PageInfoObject {
  @Field(() => Boolean, {
    description: 'Whether more follow after `endCursor`. Asked for with `last`, it is true of every page but the last.',
  })
  hasNextPage: boolean;

  @Field(() => Boolean, {
    description:
      'Whether others stand before the page. Asked for with `first`, it is true of every page but the first.',
  })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first edge, or null on an empty page: give it as `before` where that is taken.',
  })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last edge: give it as `after` to go on.' })
  endCursor: string | null;
}

export interface EdgeShape<T> {
  cursor: string;
  node: T;
}

export interface ConnectionShape<T> {
  edges: EdgeShape<T>[];
  nodes: T[];
  pageInfo: PageInfoObject;
}

/** The `<name>Edge` and `<name>Connection` types of a node type. `noun` is what a person calls many of them. */
export function connectionOf<T extends object>(node: Type<T>, name: string, noun: string): Type<ConnectionShape<T>> {
  @ObjectType(`${name}Edge`, { description: `One entry in a connection of ${noun}.` })
  class Edge implements EdgeShape<T> {
    @Field(() => String, { description: 'The cursor of this entry, to page from. Opaque.' })
    cursor: string;

    @Field(() => node, { description: 'The item itself.' })
    node: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${noun}.` })
  class Connection implements ConnectionShape<T> {
    @Field(() => [Edge], { description: 'The page with the cursor of each entry.' })
    edges: EdgeShape<T>[];

    @Field(() => [node], { description: 'The page without cursors.' })
    nodes: T[];

    @Field(() => PageInfoObject, { description: 'Where this page stands.' })
    pageInfo: PageInfoObject;
  }
  return Connection;
}
