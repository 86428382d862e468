import type { CodegenConfig } from '@graphql-codegen/cli';

// Typed documents for the web app: every component declares the fields that it reads as a fragment of its own.
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['apps/web/src/**/*.{ts,tsx}', '!apps/web/src/__generated__/**'],
  generates: {
    'apps/web/src/__generated__/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'readFragment' } },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: '.js',
        emitLegacyCommonJSImports: false,
        strictScalars: true,
        scalars: {
          Cursor: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          UIMessageChunk: { input: 'ai#UIMessageChunk', output: 'ai#UIMessageChunk' },
        },
      },
    },
  },
};

export default config;
