/** The schema's types of an export: a workflow written in the format of another tool. */
import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { ExportLoss, GraphExport } from '#libs/graph';

@ObjectType('ExportLoss', { description: 'Something that the format cannot express.' })
export class ExportLossObject implements ExportLoss {
  @Field(() => ID, { nullable: true, description: 'The node concerned.' })
  nodeId?: string;

  @Field(() => ID, { nullable: true, description: 'The edge concerned.' })
  edgeId?: string;

  @Field(() => String, { nullable: true, description: 'The path within the node; null if it is lost as a whole.' })
  path?: string;

  @Field(() => String, {
    description: 'A sentence that says what is missing and, where possible, what to do about it.',
  })
  message: string;
}

@ObjectType('WorkflowExport', { description: 'A workflow in another format.' })
export class WorkflowExportObject implements GraphExport {
  @Field(() => String, { description: 'A name for the file: ASCII letters, digits, `-` and `.` only.' })
  filename: string;

  @Field(() => String, { description: 'The media type of the content.' })
  mediaType: string;

  @Field(() => String, { description: 'The text of the file.' })
  content: string;

  @Field(() => [ExportLossObject], {
    description: 'What the format cannot express, in the order of the graph; empty when the content is complete.',
  })
  losses: readonly ExportLoss[];
}
