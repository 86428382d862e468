/**
 * Prints the GraphQL schema generated from the code, without a database, a Redis or a port.
 *
 * `print-schema` writes it to standard output; `print-schema --check <file>` exits with 1 when the file differs.
 */
import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { CatalogModule } from './catalog/catalog.module.js';
import { describeRoots } from './graphql/root-descriptions.js';
import { RunsModule } from './runs/runs.module.js';
import { WorkflowStreamModule } from './stream/workflow-stream.module.js';
import { UsersModule } from './users/users.module.js';
import { WorkflowsModule } from './workflows/workflows.module.js';

const heading = '# Made from the code of apps/api by `npm run schema`. Do not edit.\n\n';

/** The modules that hold the resolvers. */
const modules = [UsersModule, CatalogModule, WorkflowsModule, RunsModule, WorkflowStreamModule];

/** Deterministic: types and fields are sorted by name. */
async function schemaText(): Promise<string> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false });
  const schema = await app
    .get(GraphQLSchemaFactory)
    .create(modules.flatMap((module): Type[] => Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module)));
  await app.close();
  return `${heading}${printSchema(lexicographicSortSchema(describeRoots(schema)))}\n`;
}

async function check(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8')) === text) return;
  process.stderr.write(`${file} is not what the code makes. Run \`npm run schema\` and commit the result.\n`);
  process.exitCode = 1;
}

const text = await schemaText();
if (process.argv[2] === '--check') await check(process.argv[3] ?? 'schema.graphql', text);
else process.stdout.write(text);
