import { readFileSync } from 'node:fs';
import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { faultsOf } from './document-check.js';

const root = new URL('../../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The GraphQL code blocks of a Markdown page. */
function documentsIn(page: string): string[] {
  return [...read(page).matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, document]) => document ?? '');
}

describe('the GraphQL of the documentation', () => {
  const schema = buildSchema(read('schema.graphql'));

  it.each(['README.md', 'docs/protocol/workflow-stream.md', 'docs/guides/write-an-agent.md'])(
    'is taken by the server as it stands: %s',
    (page) => {
      const documents = documentsIn(page);
      expect(documents.length).toBeGreaterThan(0);
      for (const document of documents) {
        const errors = faultsOf(schema, { introspection: false }, { document: parse(document) });
        expect(errors.map(({ message }) => `${message} In: ${document}`)).toEqual([]);
      }
    },
  );
});
