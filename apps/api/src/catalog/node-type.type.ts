import { Field, ObjectType } from '@nestjs/graphql';
import type { JsonValue } from '#libs/contracts';
import { JsonScalar } from '../graphql/scalars.js';

@ObjectType('NodeTypeParameter', { description: 'A parameter of a node type.' })
export class NodeTypeParameterObject {
  @Field(() => String, { description: 'The key in `GraphNode.parameters`.' })
  name: string;

  @Field(() => String, {
    description:
      'How the value is read: string, text, number, boolean, enum, expression, json, list, duration, cron, url, email or credential.',
  })
  type: string;

  @Field(() => Boolean, { description: 'Whether it is required.' })
  required: boolean;

  @Field(() => JsonScalar, {
    nullable: true,
    description: '`{ parameter, in }`: also required if that parameter has one of these values.',
  })
  requiredWhen: JsonValue;

  @Field(() => String, { description: 'What it is for.' })
  description: string;

  @Field(() => [String], { nullable: true, description: 'The allowed values, if they are limited.' })
  values: readonly string[] | null;

  @Field(() => JsonScalar, { nullable: true, description: 'The value used if it is left out.' })
  default: JsonValue;

  @Field(() => JsonScalar, { nullable: true, description: 'A value that passes the linter.' })
  example: JsonValue;

  @Field(() => JsonScalar, { nullable: true, description: 'What a list contains; null if anything.' })
  items: JsonValue;
}

@ObjectType('NodeTypeOutput', { description: 'A value that later nodes can read.' })
export class NodeTypeOutputObject {
  @Field(() => String, { description: 'Read as `nodes.<id>.<name>`.' })
  name: string;

  @Field(() => String, { description: 'What it holds.' })
  description: string;
}

@ObjectType('NodeType', { description: 'A node type that a workflow can use.' })
export class NodeTypeObject {
  @Field(() => String, { description: 'Unique in the catalogue, such as `action.slack`.' })
  type: string;

  @Field(() => String, { description: 'What a node is for, across vendors: `chat`, `issue`, `if`, …' })
  kind: string;

  @Field(() => String, { description: '`trigger`, `logic` or `action`.' })
  category: string;

  @Field(() => String, { description: 'The name that people see.' })
  title: string;

  @Field(() => String, { description: 'One sentence about it.' })
  description: string;

  @Field(() => String, { description: 'How to use it, as Markdown.' })
  docs: string;

  @Field(() => String, { description: 'The name of a lucide icon, in kebab case.' })
  icon: string;

  @Field(() => [String], { description: 'Words that people search for.' })
  keywords: readonly string[];

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Where its named outputs come from (`fixed`, `cases` or `choice`); null if it has one unnamed output.',
  })
  branches: JsonValue;

  @Field(() => [NodeTypeParameterObject], { description: 'Its parameters, in the order of a form.' })
  parameters: readonly NodeTypeParameterObject[];

  @Field(() => [NodeTypeOutputObject], { description: 'What later nodes can read from it.' })
  outputs: readonly NodeTypeOutputObject[];

  @Field(() => Boolean, { description: 'Whether it runs one of its branches once for each item.' })
  loop: boolean;

  @Field(() => Boolean, { description: 'Whether it ends a path.' })
  terminal: boolean;

  @Field(() => Boolean, { description: 'Whether it starts a path and has no incoming edge.' })
  entry: boolean;
}
