import type { CodegenConfig } from '@graphql-codegen/cli';

const types = {
  useTypeImports: true,
  enumsAsTypes: true,
  importExtension: '.js' as const,
  emitLegacyCommonJSImports: false,
  strictScalars: true,
  scalars: {
    Cursor: 'string',
    DateTime: 'string',
    JSON: 'unknown',
    UIMessageChunk: { input: 'ai#UIMessageChunk', output: 'ai#UIMessageChunk' },
  },
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    // Typed documents for the web app, each beside the component that reads its fields.
    'apps/web/src/__generated__/': {
      documents: 'apps/web/src/**/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'readFragment' } },
      config: types,
    },
    // The client's own documents, as plain text: it needs no GraphQL parser.
    'libs/client/src/__generated__/': {
      documents: 'libs/client/src/operations.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { ...types, documentMode: 'string' },
    },
  },
};

export default config;
