/**
 * The one-way rule, as an allow-list: each library and app names what it may import of ours; everything else is an error.
 * tools/checks/dependency-rules.spec.ts proves that every rule bites.
 */
const LIBRARIES = {
  contracts: [],
  graph: ['contracts'],
  engine: ['contracts', 'graph'],
  agents: ['contracts', 'graph', 'engine'],
  persistence: ['contracts', 'graph', 'engine'],
  stream: ['contracts', 'graph', 'engine'],
  jobs: ['contracts', 'graph', 'engine'],
  effects: ['contracts', 'engine', 'persistence', 'stream', 'jobs'],
  client: ['contracts'],
  simulator: ['contracts', 'graph'],
};
const SERVER_LIBRARIES = ['contracts', 'graph', 'engine', 'agents', 'persistence', 'stream', 'jobs', 'effects'];
const APPS = {
  api: SERVER_LIBRARIES,
  worker: SERVER_LIBRARIES,
  web: ['contracts', 'graph', 'client'],
  cli: ['contracts', 'client'],
};
const OURS = '^(apps|libs|test|bench|tools)/';
const TESTS = String.raw`spec\.tsx?$`;
/** What every adapter of a port has to pass; run by the specs of each. */
const SUITES = String.raw`^libs/engine/testing/[^/]+\.suite\.ts$`;
const oneOf = (names) => `(${names.join('|')})`;
const packages = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})(/|$)`;

/** Tests beside an adapter may use what the whole-system tests use. */
const mayImport = (folder, libraries) => ({
  name: `${folder.replace('/', '-')}-imports-only-what-it-may`,
  comment: `${folder} may import of ours: ${libraries.join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: OURS,
    pathNot: [`^${folder}/`, ...(libraries.length ? [`^libs/${oneOf(libraries)}/`] : []), '^test/support/'],
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(LIBRARIES).map(([name, libraries]) => mayImport(`libs/${name}`, libraries)),
    ...Object.entries(APPS).map(([name, libraries]) => mayImport(`apps/${name}`, libraries)),
    {
      name: 'tools-import-only-tools',
      comment: 'Tools run before anything is built.',
      severity: 'error',
      from: { path: '^tools/' },
      to: { path: OURS, pathNot: '^tools/' },
    },
    {
      name: 'nothing-imports-an-app',
      comment: 'Apps are composed of libraries; tests and benchmarks reach them over the network.',
      severity: 'error',
      from: { path: OURS, pathNot: '^apps/' },
      to: { path: '^apps/' },
    },
    {
      name: 'products-import-no-tests',
      comment: 'Test support is for tests, and so is the in-memory kit of the engine.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TESTS, '^libs/[^/]+/testing/', '^libs/engine/src/testing/'] },
      to: { path: ['^test/', '^libs/engine/src/testing/', SUITES] },
    },
    {
      name: 'nothing-imports-a-spec',
      severity: 'error',
      from: {},
      to: { path: TESTS },
    },
    {
      name: 'every-folder-has-a-rule',
      comment: 'A new library or app is added to the lists above first.',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        pathNot: [`^libs/${oneOf(Object.keys(LIBRARIES))}/`, `^apps/${oneOf(Object.keys(APPS))}/`],
      },
      to: {},
    },
    {
      name: 'a-library-has-one-door',
      comment:
        'Other modules import #libs/<name>, never a file inside. The client has a second door, for React, the engine one for tests.',
      severity: 'error',
      from: { path: '^(apps|libs|test|bench)/([^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: [
          String.raw`^libs/([^/]+/src/index|client/src/react|engine/src/testing/index)\.ts$`,
          SUITES,
          '^$1/$2/',
        ],
      },
    },
    {
      name: 'no-library-imports-its-own-door',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/', pathNot: String.raw`^libs/[^/]+/src/index\.ts$` },
      to: { path: String.raw`^libs/$1/src/index\.ts$` },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the-run-store-stands-on-the-root-of-persistence',
      comment: 'What commands and the run store share stands in the root, which can be read without the run store.',
      severity: 'error',
      from: { path: '^libs/persistence/src/[^/]+$', pathNot: ['/index\\.ts$', TESTS] },
      to: { path: '^libs/persistence/src/run-store/' },
    },
    {
      name: 'no-cycles-between-folders-of-apps',
      comment:
        'Each folder of an app can be read after those that it imports. What two folders need of each other stands in a third.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^apps/' },
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'the-core-knows-no-infrastructure',
      comment: 'These libraries talk to ports; frameworks and drivers live in adapters and apps.',
      severity: 'error',
      from: { path: '^libs/(contracts|graph|engine|agents|client|simulator)/' },
      to: {
        path: packages(
          '@nestjs',
          'ioredis',
          'typeorm',
          'bullmq',
          'pg',
          'express',
          '@apollo/server',
          '@as-integrations',
        ),
      },
    },
    {
      name: 'the-client-needs-no-framework',
      comment: 'React is behind a door of its own.',
      severity: 'error',
      from: { path: '^libs/client/src/', pathNot: [String.raw`^libs/client/src/react\.ts$`, TESTS] },
      to: { path: packages('react', 'react-dom', '@apollo/client') },
    },
    {
      name: 'the-page-asks-through-the-client',
      comment: 'One way to the server: Apollo is a cache on top of it and opens no connection of its own.',
      severity: 'error',
      from: { path: '^apps/web/src/' },
      to: { path: packages('graphql-ws', '@apollo/client/link') },
    },
    {
      name: 'only-persistence-speaks-sql',
      comment: 'Apps may wire TypeORM in a module and ask its connection for its health; nobody else sees it.',
      severity: 'error',
      from: {
        path: '^(apps|libs|bench)/',
        pathNot: ['^libs/persistence/', String.raw`^apps/[^/]+/src/.*\.module\.ts$`, '^apps/[^/]+/src/health/', TESTS],
      },
      to: { path: packages('typeorm', '@nestjs/typeorm', 'pg') },
    },
    {
      name: 'only-stream-jobs-and-apps-speak-redis',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/(stream|jobs)/' },
      to: { path: packages('ioredis', 'bullmq', 'graphql-redis-subscriptions') },
    },
    {
      name: 'entities-stay-in-persistence',
      comment: 'A TypeORM entity is never a GraphQL type: repositories return plain records and presenters map them.',
      severity: 'error',
      from: { path: OURS, pathNot: '^libs/persistence/src/(?!index)' },
      to: { path: String.raw`\.entity\.ts$` },
    },
    {
      name: 'browser-code-runs-in-browsers',
      comment: 'What the page imports must not need Node.',
      severity: 'error',
      from: { path: ['^apps/web/src/', '^libs/(contracts|graph|client)/src/'], pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'products-need-no-development-packages',
      comment: 'The runtime image is installed without them. The page is bundled, so its build may use them.',
      severity: 'error',
      from: { path: ['^apps/(api|worker|cli)/src/', '^libs/'], pathNot: [TESTS, SUITES] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|__generated__)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['holdfast-source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.mjs', '.js', '.cjs', '.json', '.css', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
