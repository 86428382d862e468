/** `npm run check`: runs every static check, even after one has failed. */
import { step } from '../progress.mjs';
import { CHECKS } from './checks.ts';

const failures: string[] = [];
for (const check of CHECKS) {
  try {
    await step(check.title, async () => {
      const problem = await check.run();
      if (problem) throw new Error(problem);
    });
  } catch (error) {
    failures.push(check.title);
    console.log(`\n${error instanceof Error ? error.message : error}\n\n  → ${check.remedy}\n`);
  }
}
if (failures.length > 0) {
  console.error(`${failures.length} of ${CHECKS.length} checks failed`);
  process.exitCode = 1;
}
