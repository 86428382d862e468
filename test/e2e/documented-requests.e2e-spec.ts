/** The programs that docs/api shows, run as they stand there. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';

const run = promisify(execFile);
/** How a block of each language is started. */
const languages = { sh: ['bash', '-eu'], ts: [process.execPath], python: ['python3'] } as const;
type Language = keyof typeof languages;

let system: System;
let folder: string;

beforeAll(async () => {
  [system, folder] = await Promise.all([
    System.start({ tokensPerSecond: 0 }),
    mkdtemp(join(tmpdir(), 'holdfast-documented-')),
  ]);
});
afterAll(async () => {
  await system?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const thereIs = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
const there = { sh: await thereIs('curl'), ts: true, python: await thereIs('python3') };

/** What the block of this language on the page prints. */
async function printed(page: string, language: Language): Promise<string> {
  const text = await readFile(`docs/api/${page}`, 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))];
  expect(blocks).toHaveLength(1);
  const file = join(folder, `${page}.${language}`);
  await writeFile(file, blocks[0]?.[1] ?? '');
  const [program, ...options] = languages[language];
  const env = { PATH: process.env.PATH, HOLDFAST_URL: system.url };
  const { stdout } = await run(program, [...options, file], { env, timeout: 50_000 });
  return stdout.trim();
}

/** A test for each language, skipped where the machine does not have it. */
function prints(page: string, check: (output: string, language: Language) => unknown): void {
  describe(page, () => {
    for (const language of Object.keys(languages) as Language[]) {
      it.skipIf(!there[language])(`holds in ${language}`, async () => {
        await check(await printed(page, language), language);
      });
    }
  });
}

prints('README.md', (output, language) => {
  if (language !== 'sh') expect(output).toMatch(/^wf_\S+ QUEUED$/);
  else
    expect(JSON.parse(output)).toMatchObject({ data: { submitPrompt: { run: { status: 'QUEUED' }, userErrors: [] } } });
});

prints('idempotency.md', (output, language) => {
  if (language !== 'sh') expect(output.toLowerCase()).toBe('true');
  else {
    const [first, second] = output.split('\n').map((line) => JSON.parse(line));
    expect(first.data.submitPrompt.run.id).toMatch(/^run_/);
    expect(second).toEqual(first);
  }
});

prints('pagination.md', async (output, language) => {
  const { data } = await system.api.request('{ workflows(first: 100) { nodes { id } } }');
  const ids = (data as { workflows: { nodes: { id: string }[] } }).workflows.nodes.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(4);
  if (language !== 'sh') expect(output.split('\n')).toEqual(ids);
  else expect(JSON.parse(output).data.workflows.nodes).toEqual(ids.slice(0, 2).map((id) => ({ id })));
});

prints('subscriptions.md', (output, language) => {
  if (language !== 'sh') expect(output).toBe('SUCCEEDED');
  else expect(output).toMatch(/^event: next\ndata: \{"data":\{"workflowStream":\{"cursor":"/m);
});
