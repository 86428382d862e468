import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType('PageInfo', { description: 'The position of a page within a connection.' })
export class PageInfoObject {
  @Field(() => Boolean, {
    description: 'Whether more items follow `endCursor`. When paging with `last`, true of every page but the last.',
  })
  hasNextPage: boolean;

  @Field(() => Boolean, {
    description: 'Whether there are items before the page. When paging with `first`, true of every page but the first.',
  })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first edge; null on an empty page. Pass it as `before` where that is supported.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last edge: pass it as `after` to get the next page.',
  })
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

/** The `<name>Edge` and `<name>Connection` types of a node type. `noun` is the plural used in descriptions. */
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

    @Field(() => PageInfoObject, { description: 'The position of this page.' })
    pageInfo: PageInfoObject;
  }
  return Connection;
}
