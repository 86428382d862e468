import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import type { JsonValue, StreamGraphNode } from '#libs/contracts';
import type { GraphEdge } from '#libs/graph';
import { connectionOf } from '../graphql/connection.type.js';
import { type IssueSeverity, IssueSeverityEnum } from '../graphql/enums.js';
import { DateTimeScalar, type Instant, JsonScalar } from '../graphql/scalars.js';

@ObjectType('Position', { description: 'The top left corner of a node on the canvas, in pixels.' })
export class PositionObject {
  @Field(() => Float, { description: 'Increases to the right.' })
  x: number;

  @Field(() => Float, { description: 'Increases downwards.' })
  y: number;
}

@ObjectType('GraphNode', { description: 'One node of a workflow graph.' })
export class GraphNodeObject implements StreamGraphNode {
  @Field(() => ID, { description: 'Unique within its graph; chosen by whoever created the node.' })
  id: string;

  @Field(() => String, { description: 'A type of the catalogue, such as `action.slack`.' })
  type: string;

  @Field(() => String, { description: 'The name that people see.' })
  label: string;

  @Field(() => JsonScalar, { description: 'Parameters by name, as described by the node type.' })
  parameters: Record<string, JsonValue>;

  @Field(() => PositionObject, { description: 'Where the node is on the canvas.' })
  position: PositionObject;
}

@ObjectType('GraphEdge', { description: 'A connection from one node to another.' })
export class GraphEdgeObject implements GraphEdge {
  @Field(() => ID, { description: 'Unique within its graph.' })
  id: string;

  @Field(() => ID, { description: 'The id of the node that it starts from.' })
  source: string;

  @Field(() => ID, { description: 'The id of the node that it leads to.' })
  target: string;

  @Field(() => String, {
    nullable: true,
    description: 'The named output that it starts from; null if the node has a single output.',
  })
  branch?: string | null;
}

@ObjectType('GraphIssue', { description: 'A finding of the linter.' })
export class GraphIssueObject {
  @Field(() => String, { description: 'A stable code, such as `NO_TRIGGER`.' })
  code: string;

  @Field(() => IssueSeverityEnum, { description: 'How serious it is.' })
  severity: IssueSeverity;

  @Field(() => String, { description: 'A sentence that tells a person what to do.' })
  message: string;

  @Field(() => ID, { nullable: true, description: 'The node concerned.' })
  nodeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The edge concerned.' })
  edgeId?: string | null;

  @Field(() => String, { nullable: true, description: 'The path within the node, such as `parameters.url`.' })
  path?: string | null;
}

@ObjectType('Graph', { description: 'A workflow graph as of one revision.' })
export class GraphObject {
  @Field(() => Int, { description: '0 for the empty graph of a new workflow; increases with every change.' })
  revision: number;

  @Field(() => [GraphNodeObject], { complexity: 10, description: 'All nodes.' })
  nodes: GraphNodeObject[];

  @Field(() => [GraphEdgeObject], { complexity: 5, description: 'All edges.' })
  edges: GraphEdgeObject[];

  @Field(() => [GraphIssueObject], { complexity: 20, description: 'All findings of the linter on this revision.' })
  issues: readonly GraphIssueObject[];
}

@ObjectType('Revision', { description: 'A stored state of the graph.' })
export class RevisionObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `rev_`.' })
  id: string;

  @Field(() => Int, { description: 'The number of the revision inside its workflow.' })
  revision: number;

  @Field(() => GraphObject, { description: 'The graph as of this revision.' })
  graph: GraphObject;

  @Field(() => ID, { nullable: true, description: 'The id of the run that created it; null if a person did.' })
  runId: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was stored.' })
  createdAt: Instant;
}

export const RevisionConnection = connectionOf(RevisionObject, 'Revision', 'stored revisions of a graph, newest first');
