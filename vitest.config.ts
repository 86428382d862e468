import { defineConfig } from 'vitest/config';

// `conditions` must be exactly these: with `import` added, TypeORM reports that pg is not installed.
const ssr = { resolve: { conditions: ['holdfast-source', 'node'] } };
const exclude = ['**/node_modules/**', '**/dist/**', '**/.holdfast/**'];

// The long suites measure, too, and want the machine to themselves.
const sideBySide = process.env.HOLDFAST_TEST_LONG === 'true' ? 1 : 2;

/**
 * One kind of suite. Kinds run one after another, in the order of the list below. Two files of a parallel kind run side by side:
 * they wait more than they compute, so two cores are enough.
 */
function suite(name: string, order: number, include: string[], options: { parallel: boolean; timeoutMs: number }) {
  return {
    ssr,
    test: {
      name,
      include,
      exclude: name === 'checks' ? exclude : [...exclude, 'tools/**'],
      environment: 'node' as const,
      maxWorkers: options.parallel ? sideBySide : 1,
      sequence: { groupOrder: order },
      testTimeout: options.timeoutMs,
      hookTimeout: Math.max(options.timeoutMs, 60_000),
    },
  };
}

export default defineConfig({
  ssr,
  test: {
    projects: [
      suite('checks', 0, ['tools/**/*.spec.ts'], { parallel: false, timeoutMs: 240_000 }),
      suite('unit', 1, ['{apps,libs,test,bench}/**/*.spec.{ts,tsx}'], { parallel: true, timeoutMs: 60_000 }),
      suite('integration', 2, ['{apps,libs,test}/**/*.integration-spec.ts'], { parallel: true, timeoutMs: 240_000 }),
      suite('e2e', 3, ['test/**/*.e2e-spec.ts'], { parallel: true, timeoutMs: 240_000 }),
      suite('faults', 4, ['test/**/!(living-workers).fault-spec.ts'], { parallel: true, timeoutMs: 240_000 }),
      // It starves the machine on purpose.
      suite('starvation', 5, ['test/**/living-workers.fault-spec.ts'], { parallel: false, timeoutMs: 240_000 }),
      suite('browser', 6, ['test/**/*.browser-spec.ts'], { parallel: true, timeoutMs: 240_000 }),
    ],
  },
});
