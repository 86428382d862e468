import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { writeGuideFiles } from './guide-files.ts';

const folder = await writeGuideFiles('docs/guides/write-an-agent.md');
afterAll(() => rm(folder, { recursive: true, force: true }));

// What the guide tests, as it stands there: its tests become those of this file.
await import(pathToFileURL(join(folder, 'meal-planner.spec.ts')).href);
